"""The gateway adapters, without a socket."""
