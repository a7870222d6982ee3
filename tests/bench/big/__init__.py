"""`big`: statements over ten million rows, beside the same statements over ten thousand."""

from tests.bench.big.benchmark import big

__all__ = ["big"]
