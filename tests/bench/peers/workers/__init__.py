"""One script for each of them. They run in an environment of their own, and import nothing of Truesend's."""
