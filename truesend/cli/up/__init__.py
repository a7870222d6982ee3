"""`truesend up`: the whole of Truesend on one machine, with nothing but Python."""
