"""`truesend gateways`: look at the gateways, and tell them where we are."""
