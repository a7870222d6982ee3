"""`truesend privacy`: what is kept about one recipient, handed out or erased."""
