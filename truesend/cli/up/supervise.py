"""Watching over what runs, until somebody ends it or a part of it ends by itself."""

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Iterator, Sequence
from types import FrameType

from truesend.cli.up.stack import Part

_LOOK_EVERY_S = 0.2
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EndWanted(KeyboardInterrupt):
    """Ctrl-C, SIGTERM, or a terminal that was closed. A KeyboardInterrupt, since asyncio lets only those through."""


@contextlib.contextmanager
def signals_end_the_block() -> Iterator[None]:
    """Inside, the signals that end us raise EndWanted; afterwards they are ignored, so that the clearing up is whole."""
    for number in _ENDING:
        # A program under nohup was told to ignore it.
        if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):
            signal.signal(number, _want_end)
    try:
        yield
    finally:
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)


async def watch(parts: Sequence[Part], meanwhile: Awaitable[None] | None) -> Part:
    """Return the first part that has ended by itself; ``meanwhile`` goes on beside."""
    work = asyncio.ensure_future(meanwhile) if meanwhile is not None else None
    try:
        while True:
            for part in parts:
                if not part.is_running():
                    return part
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        if work is not None:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work


def _want_end(_number: int, _frame: FrameType | None) -> None:
    raise EndWanted
