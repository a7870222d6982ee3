"""The `truesend` command: every service in the foreground, and the whole local stack at once."""
