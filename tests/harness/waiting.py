"""Waiting for what should become true, instead of sleeping."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

_POLL_S = 0.02


async def until(probe: Callable[[], Awaitable[T | None]], within_s: float, what: str) -> T:
    """Ask `probe` again and again until its answer is truthy, and return that answer.

    Fails the test with `what` and the last answer when `within_s` is over.
    """
    deadline = time.monotonic() + within_s
    while True:
        answer = await probe()
        if answer:
            return answer
        if time.monotonic() > deadline:
            pytest.fail(f"Not within {within_s:g} s: {what}. The last answer was {answer!r}.")
        await asyncio.sleep(_POLL_S)


def wait_until(probe: Callable[[], object], within_s: float, what: str) -> None:
    """Ask `probe` until its answer is truthy; raises TimeoutError with `what` when `within_s` is over."""
    deadline = time.monotonic() + within_s
    while not probe():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not within {within_s:g} s: {what}.")
        time.sleep(_POLL_S)
