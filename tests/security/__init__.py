"""Attacks, and what becomes of them."""
