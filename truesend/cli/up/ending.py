"""The end that somebody wants: by Ctrl-C, SIGTERM, or a terminal that was closed.

Whatever waits asks whether it is wanted. An exception out of a signal's handler would strike anywhere: within a library's C
code, which crashes Python now and then, or where Python ignores it, and then nothing ends.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any, TypeVar

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")


class EndWanted(Exception):  # noqa: N818 - it is no error
    """Somebody wants everything to end."""


class Ending:
    """Knows whether the end is wanted. Belongs to the main thread, as signals do."""

    def __init__(self) -> None:
        self._is_wanted = False
        self._cancel: Callable[[], object] = _nothing

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """Inside, the signals that end us are heard; afterwards they are ignored, so that the clearing up is whole."""
        for number in _SIGNALS:
            # A program under nohup was told to ignore it.
            if not (number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN):
                signal.signal(number, self._hear)
        try:
            yield
        finally:
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_IGN)

    def check(self) -> None:
        """Raises EndWanted, if the end is wanted."""
        if self._is_wanted:
            raise EndWanted

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run it to its end. Where everything's end is wanted first, cancel it, and raise EndWanted."""

        async def until_wanted() -> T:
            loop, task = asyncio.get_running_loop(), asyncio.ensure_future(work)
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            if self._is_wanted:
                task.cancel()
            try:
                return await task
            except asyncio.CancelledError:
                self.check()
                raise
            finally:
                self._cancel = _nothing

        return asyncio.run(until_wanted())

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self._is_wanted = True
        self._cancel()


def _nothing() -> None:
    """Nothing runs that could be cancelled."""
