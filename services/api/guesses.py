"""How often a key may be guessed: a budget of wrong ones for each address, which fills up again.

While an address has none left, it is let in only with what has opened here from there before. A new key is not even
looked at, right or wrong, so that its answer tells nothing; whoever works from the same address, or behind the same proxy,
goes on.
"""

import hashlib
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from prometheus_client import Counter

from services.api.problems import Problem

SLOWED = Counter("truesend_guesses_slowed", "Requests that were answered 429 without a look at their key.", ["door"])
ADDRESSES = 10_000
KNOWN_HERE = 100
IPV6_NETWORK = 64


@dataclass(slots=True)
class _Guesser:
    """One address. ``left`` is its budget at ``at_s``; ``known`` are hashes of what has opened from here, the latest last."""

    left: float
    at_s: float
    known: OrderedDict[bytes, None] = field(default_factory=OrderedDict)


class Guesses:
    """The budgets of one door. Of the addresses that were seen longest ago it forgets those beyond ten thousand."""

    def __init__(self, door: str, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """``per_minute`` is the budget and what it gets back in a minute; 0: there is no limit."""
        self._door = door
        self._budget = float(per_minute)
        self._clock = clock
        self._guessers: OrderedDict[str, _Guesser] = OrderedDict()

    def require_turn(self, address: str | None, credential: str) -> None:
        """Raises Problem 429 where this credential may not be looked at now."""
        if not self._budget or (guesser := self._guessers.get(_network(address))) is None:
            return
        left = self._left(guesser)
        if left >= 1 or _hash(credential) in guesser.known:
            return
        SLOWED.labels(self._door).inc()
        wait_s = math.ceil((1 - left) * 60 / self._budget)
        detail = "Too many wrong keys came from your address. Wait, and send the right one."
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-guesses", detail, headers={"Retry-After": str(wait_s)})

    def failed(self, address: str | None) -> None:
        """A wrong one was looked at."""
        if self._budget:
            guesser = self._of(address)
            guesser.left = max(self._left(guesser) - 1, 0)
            guesser.at_s = self._clock()

    def opened(self, address: str | None, credential: str) -> None:
        """A right one was."""
        if not self._budget:
            return
        known = self._of(address).known
        known[_hash(credential)] = None
        known.move_to_end(_hash(credential))
        if len(known) > KNOWN_HERE:
            known.popitem(last=False)

    def _of(self, address: str | None) -> _Guesser:
        name = _network(address)
        guesser = self._guessers.setdefault(name, _Guesser(self._budget, self._clock()))
        self._guessers.move_to_end(name)
        if len(self._guessers) > ADDRESSES:
            self._guessers.popitem(last=False)
        return guesser

    def _left(self, guesser: _Guesser) -> float:
        return min(guesser.left + (self._clock() - guesser.at_s) * self._budget / 60, self._budget)


def _hash(credential: str) -> bytes:
    return hashlib.sha256(credential.encode("utf-8", "surrogateescape")).digest()


def _network(address: str | None) -> str:
    """IPv6 is handed out by networks of 64 bits: in one of them all addresses are one client's."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "no address"
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, IPV6_NETWORK), strict=False))
