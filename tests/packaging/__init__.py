"""What is published, as who installs it gets it."""
