"""`truesend bench`: load from outside, by the API alone, and what came of it."""
