"""What the simulated WhatsApp truly got: every POST that reached the gateway, and every delivery."""

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Final, TypeVar

_KEPT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Post:
    """One POST to /send that reached the gateway, whatever came of it. ``at`` is epoch seconds."""

    at: float
    session_id: str
    recipient: str
    text: str
    media_url: str | None
    media_type: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that left for WhatsApp. ``at`` is epoch seconds."""

    at: float
    session_id: str
    recipient: str
    text: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; None means any."""

    session_id: str | None = None
    recipient: str | None = None
    text: str | None = None
    since: float | None = None

    def admits(self, entry: Post | Delivery) -> bool:
        """True if every named property fits."""
        return (
            (self.session_id is None or entry.session_id == self.session_id)
            and (self.recipient is None or entry.recipient == self.recipient)
            and (self.text is None or entry.text == self.text)
            and (self.since is None or entry.at >= self.since)
        )


Entry = TypeVar("Entry", Post, Delivery)


class Ledger:
    """The truth to compare a CRM's rows with. Holds the newest million of each kind."""

    def __init__(self) -> None:
        """Empty."""
        self._posts: deque[Post] = deque(maxlen=_KEPT)
        self._deliveries: deque[Delivery] = deque(maxlen=_KEPT)

    @property
    def posts(self) -> list[Post]:
        """Every POST to /send, oldest first."""
        return list(self._posts)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every delivery, oldest first."""
        return list(self._deliveries)

    @property
    def post_count(self) -> int:
        """How many POSTs are held."""
        return len(self._posts)

    @property
    def delivery_count(self) -> int:
        """How many deliveries are held."""
        return len(self._deliveries)

    def note_post(
        self, session_id: str, recipient: str, text: str, media_url: str | None = None, media_type: str | None = None
    ) -> None:
        """Note that a POST arrived."""
        self._posts.append(Post(time.time(), session_id, recipient, text, media_url, media_type))

    def note_delivery(self, at: float, session_id: str, recipient: str, text: str, message_id: str) -> None:
        """Note that a message left for WhatsApp."""
        self._deliveries.append(Delivery(at, session_id, recipient, text, message_id))

    def delivered(self, wanted: Filter) -> list[Delivery]:
        """The deliveries that fit, oldest first."""
        return list(_fitting(self._deliveries, wanted))

    def duplicates(self) -> dict[tuple[str, str, str], int]:
        """(session, recipient, text) that was delivered more than once, with how often."""
        counts = Counter((entry.session_id, entry.recipient, entry.text) for entry in self._deliveries)
        return {key: count for key, count in counts.items() if count > 1}

    def forget(self) -> None:
        """Empty the ledger."""
        self._posts.clear()
        self._deliveries.clear()

    def page(self, wanted: Filter, limit: int) -> dict[str, object]:
        """The newest ``limit`` fitting entries of each kind, newest first, with the counts of all that fit."""
        return {
            "counts": {
                "posts": sum(1 for _ in _fitting(self._posts, wanted)),
                "deliveries": sum(1 for _ in _fitting(self._deliveries, wanted)),
            },
            "posts": [asdict(entry) for entry in islice(_fitting(reversed(self._posts), wanted), limit)],
            "deliveries": [asdict(entry) for entry in islice(_fitting(reversed(self._deliveries), wanted), limit)],
        }


def _fitting(entries: Iterable[Entry], wanted: Filter) -> Iterator[Entry]:
    return (entry for entry in entries if wanted.admits(entry))
