"""What `make` runs on the source, and no service needs."""
