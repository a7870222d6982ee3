"""Explore the worlds and print their sizes: ``python -m tests.model [--small]``. Ends with 1 where a promise breaks."""

import sys
from time import process_time

from tests.model.exploration import explore
from tests.model.worlds import LARGE, SMALL


def main() -> int:
    """Explore one world after the other."""
    worlds = SMALL if "--small" in sys.argv[1:] else LARGE
    broken = 0
    for name, model in worlds.items():
        began = process_time()
        found = explore(model)
        seconds = process_time() - began
        print(f"{name:<52}{found.states:>9,} states{found.steps:>11,} steps  depth {found.depth:>2}  {seconds:6.1f} s")  # noqa: T201
        if found.counterexample is not None:
            broken += 1
            print(found.counterexample)  # noqa: T201
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
