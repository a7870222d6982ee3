"""The gateway adapters over real sockets."""
