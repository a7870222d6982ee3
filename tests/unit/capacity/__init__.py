"""The model and the simulated day."""
