"""The Python client, held against the published API."""
