"""Promises of docker-compose.yml and what it is put together with, held against the files; no engine takes part."""
