"""Which HTTP client costs least on the way to a gateway."""
