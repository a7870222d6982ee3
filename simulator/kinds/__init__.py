"""One module per kind of gateway that can be simulated: its wire format, its states, its errors, its webhooks."""
