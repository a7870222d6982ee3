"""A day of messages, event by event, the same for the same seed."""
