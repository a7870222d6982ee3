"""Postgres: the pool, the queries by name, the migrations, the relay."""
