"""What an installation takes, and what it needs for more: measured costs, a model, and a simulated day (all pure)."""
