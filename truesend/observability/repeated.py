"""What a library says again and again while it waits for the same thing."""

import logging
import time
from collections.abc import Callable

AGAIN_AFTER_S = 30.0
MOST_REMEMBERED = 1_000


class SaidOnce(logging.Filter):
    """Lets one library's same words through once in a while; all of everybody else's.

    aiokafka looks for a topic that is not there ten times a second, and says so each time.
    """

    def __init__(self, library: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._library = library
        self._clock = clock
        self._said_at: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to let it through."""
        if record.name.partition(".")[0] != self._library:
            return True
        words, now = record.getMessage(), self._clock()
        if now < self._said_at.get(words, float("-inf")) + AGAIN_AFTER_S:
            return False
        if len(self._said_at) >= MOST_REMEMBERED:
            self._said_at.clear()
        self._said_at[words] = now
        return True
