"""Recovery: how long after an outage until work goes on, measured on real servers and real processes."""
