"""What the benchmarks work out (pure)."""
