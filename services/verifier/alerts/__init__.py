"""Alerts: once when something begins that an operator must know, and once when it is over."""
