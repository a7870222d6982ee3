"""The chaos run: everything real, everything broken, and a judge."""
