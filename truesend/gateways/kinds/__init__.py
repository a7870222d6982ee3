"""One module per kind of gateway: its tables, its requests, its webhooks."""
