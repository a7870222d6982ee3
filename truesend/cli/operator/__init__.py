"""What an operator does through the API: `truesend sessions …` and `truesend messages …`."""
