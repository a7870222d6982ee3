"""Watching over what runs, until a part of it ends by itself."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence

from truesend.cli.up.stack import Part

_LOOK_EVERY_S = 0.2

Meanwhile = Callable[[], Coroutine[None, None, None]]


async def watch(parts: Sequence[Part], meanwhile: Meanwhile | None) -> Part:
    """Return the first part that has ended by itself; ``meanwhile`` goes on beside."""
    work = asyncio.ensure_future(meanwhile()) if meanwhile is not None else None
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
