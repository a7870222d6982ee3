"""The API: what is true, over HTTP and as a live stream."""
