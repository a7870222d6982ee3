"""What `truesend bench` decides and counts."""
