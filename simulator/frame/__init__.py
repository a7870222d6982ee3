"""What simulated gateways of every kind have in common: memory, sending, webhooks, a control API, sockets."""
