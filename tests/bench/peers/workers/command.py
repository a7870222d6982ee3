"""What each script understands: ``prepare``, ``enqueue JOBS.json`` and ``work``."""

import sys
from collections.abc import Callable
from pathlib import Path

from tests.bench.peers.workers.job import Job, Place, place_from_environment, read_jobs


def _nothing(place: Place) -> None:
    """Most need no tables of their own."""


def run(
    *,
    enqueue: Callable[[Place, list[Job]], None],
    work: Callable[[Place], None],
    prepare: Callable[[Place], None] = _nothing,
) -> None:
    """Do what the command line says; ``work`` does not return."""
    place = place_from_environment()
    match sys.argv[1:]:
        case ["prepare"]:
            prepare(place)
        case ["enqueue", file]:
            enqueue(place, read_jobs(Path(file)))
        case ["work"]:
            work(place)
        case _:
            sys.exit(__doc__)
