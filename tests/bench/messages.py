"""Sessions, and messages that go through them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from uuid import UUID, uuid4

import orjson
from aiokafka.partitioner import murmur2

from tests.bench.bare import Request
from tests.bench.stack import Stack
from tests.harness.rows import insert_session
from truesend.store.wakeups import DISPATCH_CHANNEL

_COLUMNS = ["id", "organization_id", "session_id", "recipient", "message_type", "message_content", "scheduled_for"]
_recipients = count()


@dataclass(frozen=True, slots=True)
class Session:
    """One that messages go through."""

    id: UUID
    organization_id: UUID
    gateway_id: str
    gateway: str


@dataclass(frozen=True, slots=True)
class Message:
    """One that is to be sent."""

    session: Session
    recipient: str
    text: str

    def request(self) -> Request:
        """The call that sends it."""
        fields = {"sessionId": self.session.gateway_id, "phone": self.recipient, "message": self.text}
        return Request("/send", orjson.dumps(fields))


async def insert_sessions(
    play: Stack,
    number: int,
    *,
    organizations: Sequence[UUID],
    gateways: Sequence[str] = ("default",),
    status: str = "connected",
) -> list[Session]:
    """So many, over the organisations, the gateways and the partitions by turns."""
    sessions = []
    for each in range(number):
        organization_id, gateway = organizations[each % len(organizations)], gateways[each % len(gateways)]
        gateway_id = f"wa_bench_{each}"
        partitions = play.settings.kafka_topic_partitions
        session_id = await insert_session(
            play.connection,
            session_id=id_on_partition(each // len(gateways) % partitions, partitions),
            organization_id=organization_id,
            vps_session_id=gateway_id,
            gateway=gateway,
            status=status,
        )
        sessions.append(Session(session_id, organization_id, gateway_id, gateway))
    return sessions


def id_on_partition(partition: int, partitions: int) -> UUID:
    """An id whose records Kafka's own partitioner puts there: with few of them, chance spreads unevenly."""
    while True:
        found = uuid4()
        if (murmur2(str(found).encode()) & 0x7FFFFFFF) % partitions == partition:
            return found


def messages(sessions: Sequence[Session], number: int) -> list[Message]:
    """So many through the sessions by turns, each to a recipient of its own."""
    return [
        Message(
            sessions[each % len(sessions)],
            f"9198{next(_recipients):08d}",
            f"Namaste! Your appointment number {each} is tomorrow at 10. Please come ten minutes early.",
        )
        for each in range(number)
    ]


async def schedule(play: Stack, due: Collection[tuple[Message, datetime]], *, hint: bool = False) -> None:
    """Insert them as a CRM does, each due at its time; with a hint, as the API does."""
    async with play.connection.transaction():
        await play.connection.copy_records_to_table(
            "scheduled_whatsapp_messages",
            columns=_COLUMNS,
            records=[
                (uuid4(), each.session.organization_id, each.session.id, each.recipient, "custom", each.text, due_at)
                for each, due_at in due
            ],
        )
        if hint:
            await play.connection.execute("SELECT pg_notify($1, '')", DISPATCH_CHANNEL)
