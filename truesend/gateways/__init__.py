"""Gateways: one Protocol, one module per kind."""
