"""`truesend adopt check`: what is there, and what would happen, before anything is changed. It only reads."""
