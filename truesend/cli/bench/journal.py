"""What is known of each message of a bench, from the answers to its posts and from the live stream."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from truesend.cli.operator.client import Json
from truesend.contracts.record_types import MessageType

_ENDS = frozenset({MessageType.SENT, MessageType.FAILED, MessageType.CANCELLED})
_TROUBLES = frozenset({MessageType.RETRY_SCHEDULED, MessageType.HELD, MessageType.UNCONFIRMED})


@dataclass(slots=True)
class Message:
    """``due_at`` and ``ended_at`` are by the database's clock. ``status`` is the last known of it."""

    due_at: datetime | None = None
    ended_at: datetime | None = None
    status: str = "pending"

    @property
    def is_open(self) -> bool:
        """Whether something may still become of it."""
        return self.ended_at is None


@dataclass(slots=True)
class Journal:
    """The messages by id; what was refused at once by reason; what went wrong by kind."""

    messages: dict[str, Message] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    _still_open: int = 0

    @property
    def still_open(self) -> int:
        """How many have not come to an end."""
        return self._still_open

    def posted(self, results: Iterable[Json]) -> None:
        """The answers to a batch."""
        for result in results:
            if "id" in result:
                self.messages[result["id"]] = Message()
                self._still_open += 1
            else:
                self.refused[_why(result["error"])] += 1

    def take(self, fact: Json) -> None:
        """A fact of the live stream; one about others' messages is passed over."""
        message = self.messages.get(str(fact.get("id")))
        if message is None:
            return
        kind, at = fact["type"], datetime.fromisoformat(fact["occurred_at"])
        if kind == MessageType.CREATED:
            message.due_at = at
        elif kind in _ENDS:
            self._end(message, fact["status"], at)
        if kind in _TROUBLES:
            self.troubles[f"{kind}: {fact.get('outcome') or fact.get('error_message') or 'it does not say why'}"] += 1
        elif kind == MessageType.FAILED:
            self.troubles[f"{kind}: {fact.get('error_message') or 'it does not say why'}"] += 1

    def looked_up(self, message_id: str, row: Json, now: datetime) -> None:
        """The row of one that the stream told no end of. What has ended, and does not say when, ends ``now``."""
        message = self.messages[message_id]
        message.status = row["status"]
        if row["status"] in {"failed", "cancelled"} and message.is_open:
            self._end(message, row["status"], now)
        elif row["status"] == "sent":
            message.due_at = message.due_at or datetime.fromisoformat(row["scheduled_for"])
            self._end(message, "sent", datetime.fromisoformat(row["sent_at"]) if row["sent_at"] else now)

    def open_ones(self) -> list[str]:
        """The ids of those that have not come to an end, oldest first."""
        return [message_id for message_id, message in self.messages.items() if message.is_open]

    def sent(self) -> Iterator[Message]:
        """Those that were sent."""
        return (message for message in self.messages.values() if message.status == "sent")

    def _end(self, message: Message, status: str, at: datetime) -> None:
        self._still_open -= message.is_open
        message.status, message.ended_at = status, at


def _why(error: Json) -> str:
    errors = error.get("errors") or []
    return f"{errors[0]['field']} {errors[0]['detail']}" if errors else str(error.get("detail"))
