"""The verifier on real Postgres, a real broker and a simulated gateway."""
