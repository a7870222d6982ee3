"""The live stream: facts in the order of their positions, to whoever listens."""
