"""Waiting for what should become true, instead of sleeping.

How long is said for a machine that has nothing else to do; one with other work is given as many times longer as it has
processes for each of its cores.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

_POLL_S = 0.02
_MOST_TIMES_LONGER = 5.0


async def until(probe: Callable[[], Awaitable[T | None]], within_s: float, what: str) -> T:
    """Ask `probe` again and again until its answer is truthy, and return that answer.

    Fails the test with `what` and the last answer when `within_s` is over.
    """
    began = time.monotonic()
    while True:
        answer = await probe()
        if answer:
            return answer
        if time.monotonic() - began > within_s * times_longer():
            pytest.fail(f"Not within {within_s:g} s: {what}. The last answer was {answer!r}.")
        await asyncio.sleep(_POLL_S)


def wait_until(probe: Callable[[], object], within_s: float, what: str) -> None:
    """Ask `probe` until its answer is truthy; raises TimeoutError with `what` when `within_s` is over."""
    began = time.monotonic()
    while not probe():
        if time.monotonic() - began > within_s * times_longer():
            raise TimeoutError(f"Not within {within_s:g} s: {what}.")
        time.sleep(_POLL_S)


def times_longer() -> float:
    """How many times as long as by itself anything may take on this machine now."""
    return min(max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1)), _MOST_TIMES_LONGER)
