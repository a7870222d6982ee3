"""Parts against real servers."""
