"""Two organisations with everything that one can have, the other's full of canaries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

CANARY = "canary"
OURS = "ours"

_NOW = datetime.now(UTC)
_A_MINUTE_AGO = _NOW - timedelta(minutes=1)
_EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
_LEASE = {"lease_until": _NOW + timedelta(hours=1)}
_STARTED = {"status": "sending", "attempt_started_at": _A_MINUTE_AGO}
# The columns of a message in each state that it can be in.
STATES: Mapping[str, Mapping[str, Any]] = {
    "pending": {},
    "later": {"scheduled_for": _NOW + timedelta(days=1)},
    "backing off": {"next_attempt_at": _NOW + timedelta(hours=1), "retry_count": 1},
    "in flight": _STARTED | _LEASE,
    "accepted": _STARTED | {"accepted_at": _A_MINUTE_AGO},
    "unconfirmed": _STARTED | {"unconfirmed_at": _A_MINUTE_AGO},
    "foreign": {"status": "sending"},
    "sent": {"status": "sent", "sent_at": _A_MINUTE_AGO},
    "delivered": {"status": "sent", "sent_at": _A_MINUTE_AGO, "delivered_at": _NOW},
    "read": {"status": "sent", "sent_at": _A_MINUTE_AGO, "delivered_at": _NOW, "read_at": _NOW},
    "failed": {"status": "failed", "retry_count": 3},
    "cancelled": {"status": "cancelled"},
}
_BY_SESSION_ONLY = {"truesend.session_checks", "truesend.session_pace"}
_TRIED = {"in flight", "accepted", "unconfirmed", "sent", "delivered", "read", "failed"}


@dataclass
class Organization:
    """One organisation. ``mark`` is in every text of it."""

    connection: asyncpg.Connection
    id: UUID
    mark: str
    sessions: list[UUID] = field(default_factory=list)
    messages: list[UUID] = field(default_factory=list)
    batches: list[UUID] = field(default_factory=list)
    used_keys: list[str] = field(default_factory=list)
    group_id: UUID = field(default_factory=uuid4)

    @property
    def recipient(self) -> str:
        """The number that its messages go to."""
        return "4930111222333" if self.mark == CANARY else "4930444555666"

    async def session(self, *, never_paired: bool = False, gateway_session_id: str | None = None) -> UUID:
        """A session with all that is known of one."""
        session_id = uuid4()
        paired = {"phone_number": f"+{self.mark}{session_id}", "connected_at": _A_MINUTE_AGO, "status": "connected"}
        await self._insert(
            "whatsapp_sessions",
            id=session_id,
            display_name=f"{self.mark} session",
            last_error=f"{self.mark} error",
            last_error_at=_NOW,
            last_verified_at=_NOW,
            session_data={"vps_session_id": gateway_session_id or f"wa_{self.mark}_{session_id}"},
            **({} if never_paired else paired),
        )
        self.sessions.append(session_id)
        if not never_paired:
            await self._surround(session_id)
        await self._fact("session", session_id, "session.disconnected", "disconnected")
        await self._fact("session", session_id, "session.connected", "connected")
        return session_id

    async def message(self, state: str, session_id: UUID, *, batch_id: UUID | None = None) -> UUID:
        """A message in this state, with its attempts, facts and evidence."""
        message_id, token = uuid4(), uuid4()
        columns = dict(STATES[state])
        await self._insert(
            "scheduled_whatsapp_messages",
            id=message_id,
            session_id=session_id,
            recipient=self.recipient,
            message_content=f"{self.mark} content",
            error_message=f"{self.mark} message error",
            vps_error=f"{self.mark} gateway words",
            gateway_message_id=f"{self.mark}-{message_id}",
            batch_id=batch_id,
            group_id=self.group_id,
            created_at=_EARLIER,
            scheduled_for=columns.pop("scheduled_for", _NOW),
            lease_token=token if "lease_until" in columns else None,
            **columns,
        )
        self.messages.append(message_id)
        if state in _TRIED:
            await self._try(state, message_id, session_id, token)
        await self._fact("message", message_id, "message.created", "pending")
        await self._fact("message", message_id, "message.sent", "sent")
        return message_id

    async def batch(self, session_id: UUID) -> UUID:
        """A batch with a message that waits."""
        batch_id = uuid4()
        await self._insert("truesend.batches", id=batch_id, created_by=f"{self.mark} person", total=1, refused=0)
        await self.message("pending", session_id, batch_id=batch_id)
        self.batches.append(batch_id)
        return batch_id

    async def fact(self, position: int) -> None:
        """A fact that the relay has given its position."""
        await self._fact("session", self.sessions[0], "session.connected", "connected", position)

    async def _surround(self, session_id: UUID) -> None:
        of_session = {"session_id": session_id}
        await self._insert("truesend.session_checks", **of_session, finished_at=_A_MINUTE_AGO)
        await self._insert("truesend.session_pace", **of_session, hold_reason=f"{self.mark} hold")
        await self._insert("truesend.session_silence", **of_session, since=_A_MINUTE_AGO, unacknowledged=5)
        await self._insert(
            "truesend.session_acks",
            **of_session,
            gateway="default",
            first_ack_at=_A_MINUTE_AGO,
            last_ack_at=_A_MINUTE_AGO,
        )
        await self._insert(
            "truesend.session_rules",
            **of_session,
            hourly_cap=77,
            paused_at=_A_MINUTE_AGO,
            paused_by=f"{self.mark} person",
            pause_reason=f"{self.mark} reason",
        )
        details = {"words": f"{self.mark} words"}
        await self._insert("truesend.alerts", **of_session, kind="session_down", since=_A_MINUTE_AGO, details=details)

    async def _try(self, state: str, message_id: UUID, session_id: UUID, token: UUID) -> None:
        of_attempt = {"message_id": message_id, "session_id": session_id}
        await self._insert(
            "truesend.message_attempts",
            **of_attempt,
            number=1,
            gateway="default",
            recipient=self.recipient,
            lease_token=token,
            started_at=_A_MINUTE_AGO,
            outcome="unconfirmed",
            answer=f"{self.mark} answer",
            gateway_message_id=f"{self.mark}-{message_id}",
        )
        await self._insert(
            "truesend.evidence",
            **of_attempt,
            told_key=uuid4(),
            kind="delivered",
            chat=self.recipient,
            reader=f"{self.mark} reader",
            told_at=_NOW,
            is_timed=True,
            words=f"{self.mark} words",
            lease_token=token,
            weighed_at=_NOW,
        )
        queued = of_attempt | {"recipient": self.recipient}
        if state == "in flight":
            await self._insert("truesend.dispatch_queue", **queued, due_at=_A_MINUTE_AGO)
        if state == "unconfirmed":
            started = {"attempt_started_at": _A_MINUTE_AGO, "next_lookup_at": _NOW + timedelta(hours=1)}
            await self._insert("truesend.lookups", **queued, gateway="default", **started)

    async def _fact(self, kind: str, identifier: UUID, type_: str, status: str, position: int | None = None) -> None:
        payload = {
            "id": str(identifier),
            "organization_id": str(self.id),
            "type": type_,
            "status": status,
            "version": 1,
            "occurred_at": _NOW.isoformat(),
            "actor": f"{self.mark} person",
            "reason": f"{self.mark} reason",
        }
        await self._insert(
            "truesend.event_log",
            aggregatetype=kind,
            aggregateid=identifier,
            type=type_,
            payload=payload,
            position=position,
            section=None if position is None else 0,
        )

    async def used_key(self, request_hash: str) -> str:
        """An Idempotency-Key that came with a request of this hash before."""
        key = f"key-{uuid4()}"
        made = {"message_id": self.messages[0], "batch_id": self.batches[0]}
        answer = {"batch_id": str(self.batches[0]), "results": [f"{self.mark} result"]}
        await self._insert("truesend.idempotency_keys", key=key, request_hash=request_hash, **made, answer=answer)
        self.used_keys.append(key)
        return key

    async def _insert(self, table: str, **values: Any) -> None:
        columns = values if table in _BY_SESSION_ONLY else {"organization_id": self.id, **values}
        names = ", ".join(columns)
        places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        given = [orjson.dumps(value).decode() if isinstance(value, dict) else value for value in columns.values()]
        await self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *given)


async def inhabited(connection: asyncpg.Connection, organization_id: UUID, mark: str) -> Organization:
    """An organisation with sessions, messages in every state, a batch, and what surrounds them."""
    organization = Organization(connection, organization_id, mark)
    first = await organization.session()
    for state in STATES:
        await organization.message(state, first)
    await organization.batch(first)
    await organization.session(never_paired=True)
    await organization.used_key("a hash")
    return organization


async def rows_of(organization: Organization) -> dict[str, list[str]]:
    """Every row of the organisation, by table; a table without an organisation is asked by its sessions."""
    tables = await organization.connection.fetch(
        "SELECT a.attrelid::regclass::text AS name, bool_or(a.attname = 'organization_id') AS is_marked"
        " FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " AND c.relnamespace IN ('public'::regnamespace, 'truesend'::regnamespace)"
        " AND a.attname IN ('organization_id', 'session_id') GROUP BY 1"
    )
    found = {}
    for table in tables:
        condition = "t.organization_id = $1" if table["is_marked"] else "t.session_id = ANY ($1)"
        value = organization.id if table["is_marked"] else organization.sessions
        rows = await organization.connection.fetch(
            f"SELECT t::text AS row FROM {table['name']} AS t WHERE {condition} ORDER BY 1", value
        )
        found[table["name"]] = [row["row"] for row in rows]
    return found
