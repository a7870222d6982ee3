"""What Truesend is made of, and how it comes here."""
