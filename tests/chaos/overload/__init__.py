"""Overload: far more than a day has, at once; memory stays bounded, nothing dies, and pages see the newest truth."""
