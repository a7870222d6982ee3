"""A VPS to play with: sessions that can be dropped, hung and made to lie, and a ledger of what was truly delivered."""
