"""`truesend dlq`: records that could not be handled, shown, replayed, dropped."""
