"""Which numbers are on WhatsApp, as gateways said lately: each is asked for once, before the first message to it."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from truesend.gateways.protocol import NumberCheck, NumberVerdict

KNOWN_S: Final = 7 * 86_400.0
# somebody may join: a number that is not on WhatsApp is asked for again the next hour
UNKNOWN_S: Final = 3_600.0
KEPT: Final = 50_000

_LASTS_S: Final = {NumberVerdict.KNOWN: KNOWN_S, NumberVerdict.UNKNOWN: UNKNOWN_S}


class NumberChecks:
    """One process's memory of them, the newest ``KEPT``."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing is known yet."""
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, NumberCheck]] = OrderedDict()

    def of(self, number: str) -> NumberCheck | None:
        """What is known of a number; None where it has to be asked for."""
        until, check = self._known.get(number, (0.0, None))
        return check if self._clock() < until else None

    def note(self, number: str, check: NumberCheck) -> None:
        """Remember what a gateway said; that it could not tell is not remembered."""
        lasts_s = _LASTS_S.get(check.verdict)
        if lasts_s is None:
            return
        self._known[number] = (self._clock() + lasts_s, check)
        self._known.move_to_end(number)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
