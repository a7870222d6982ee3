"""A command that takes figures by name, says each as soon as it is known, and fails where a goal is missed."""

import argparse
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from tests.bench.figures import Figure


def wanted(program: str, known: Collection[str]) -> list[str]:
    """The names that the command line asks for, all of ``known`` by default; ends the process over another name."""
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which: {', '.join(known)}; all by default")
    names: list[str] = parser.parse_args().names or list(known)
    if unknown := set(names) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))}: write {', '.join(known)}")
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    return names


async def measured(names: Collection[str], take: Callable[[str], Awaitable[Figure]], *, beside: str = "") -> int:
    """The exit code: 1 where a goal was missed. ``beside`` is said first, after the date and the machine."""
    _say(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    if beside:
        _say(beside)
    is_met = True
    for name in names:
        figure = await take(name)
        is_met = is_met and (figure.goal is None or figure.goal.is_met)
        _say("\n" + "\n".join(figure.lines()))
    _say(f"\nload {os.getloadavg()[0]:.1f} after")
    return 0 if is_met else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
