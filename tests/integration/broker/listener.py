"""A consumer of dispatch commands as our services have them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

from tests.harness.waiting import until
from truesend.broker.consumer import Received, subscribe
from truesend.broker.dead_letters import DeadLetters
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher, Record
from truesend.contracts.events import DispatchMessage
from truesend.contracts.topics import MESSAGE_DISPATCH
from truesend.settings import Settings

NEVER = 10**6


def command() -> DispatchMessage:
    """One that can be handled."""
    return DispatchMessage(message_id=uuid4(), session_id=uuid4(), organization_id=uuid4(), lease_token=uuid4())


def record(body: bytes, key: UUID | None = None) -> Record:
    """What carries a body to the topic."""
    return Record(MESSAGE_DISPATCH, key or uuid4(), body, "message.dispatch", datetime.now(UTC))


class Listener:
    """Consumes dispatch commands; chokes on some ids, and is without its database for a while."""

    def __init__(self, settings: Settings, *, dead_letters_per_minute: int = NEVER, minute_s: float = 60.0) -> None:
        self.heard: list[UUID] = []
        self.poison: set[UUID] = set()
        self.failures_left = 0
        self.broker = make_broker(settings, service="test")
        prefix = settings.truesend_topic_prefix
        self.publisher = Publisher(self.broker, topic_prefix=prefix, source="/truesend/test")
        self.dead_letters = DeadLetters(
            self.broker, topic_prefix=prefix, per_minute=dead_letters_per_minute, window_s=minute_s
        )
        subscribe(
            self.broker,
            MESSAGE_DISPATCH,
            DispatchMessage,
            self._take,
            group=f"{prefix}listener",
            topic_prefix=prefix,
            dead_letters=self.dead_letters,
            session_timeout_ms=settings.kafka_session_timeout_ms,
        )

    async def _take(self, batch: Sequence[Received[DispatchMessage]]) -> None:
        if self.failures_left:
            self.failures_left -= 1
            raise ConnectionRefusedError("the database is away")
        ids = [received.body.message_id for received in batch]
        if self.poison & set(ids):
            raise ValueError("cannot be handled")
        self.heard += ids

    async def hears(self, *ids: UUID) -> None:
        """Wait until it has handled all of these."""

        async def all_heard() -> bool:
            return set(ids) <= set(self.heard)

        await until(all_heard, 20, "all commands are handled")
