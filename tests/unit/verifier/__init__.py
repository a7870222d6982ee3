"""What the verifier decides, without a database."""
