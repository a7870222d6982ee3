"""Rows as the CRM, the verifier, the sender and the relay write them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson


class Rows:
    """One test's rows: two organisations, of which most tests need only the first."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection
        self.organization_id = uuid4()
        self.other_organization_id = uuid4()

    async def session(self, **columns: Any) -> UUID:
        """A connected session, unless the columns say otherwise."""
        values = {"id": uuid4(), "organization_id": self.organization_id, "status": "connected"} | columns
        return await self._insert("whatsapp_sessions", values)

    async def message(self, **columns: Any) -> UUID:
        """A pending message that is due."""
        values = {
            "id": uuid4(),
            "organization_id": self.organization_id,
            "recipient": "4915112345678",
            "message_content": "Hello",
            "scheduled_for": datetime.now(UTC),
            "status": "pending",
        }
        return await self._insert("scheduled_whatsapp_messages", values | columns)

    async def check(self, session_id: UUID, *, seconds_ago: float) -> None:
        """The gateway of this session was asked so many seconds ago."""
        await self.connection.execute(
            "INSERT INTO truesend.session_checks (session_id, asked_at, finished_at)"
            " VALUES ($1, now() - make_interval(secs => $2), now() - make_interval(secs => $2))",
            session_id,
            seconds_ago,
        )

    async def fact(
        self,
        position: int | None,
        *,
        kind: str = "session",
        aggregate_id: UUID | None = None,
        organization_id: UUID | None = None,
        status: str = "connected",
        traceparent: str | None = None,
    ) -> dict[str, Any]:
        """A fact in event_log, with its position as the relay gives it. Returns the body that Kafka would carry."""
        body = fact_body(
            position,
            kind=kind,
            aggregate_id=aggregate_id or uuid4(),
            organization_id=organization_id or self.organization_id,
            status=status,
        )
        payload = {name: value for name, value in body.items() if name != "position"}
        async with self.connection.transaction():
            await self.connection.execute(
                "INSERT INTO truesend.event_log"
                " (aggregatetype, aggregateid, type, payload, organization_id, position, section, traceparent)"
                " VALUES ($1, $2, $3, $4, $5, $6::bigint, CASE WHEN $6::bigint IS NOT NULL THEN 0 END, $7)",
                kind,
                UUID(body["id"]),
                body["type"],
                orjson.dumps(payload).decode(),
                UUID(body["organization_id"]),
                position,
                traceparent,
            )
            if position is not None:
                await self.connection.execute(
                    "UPDATE truesend.relay_state SET last_position = greatest(last_position, $1)", position
                )
        return body

    async def one(self, statement: str, *values: object) -> Any:
        """The first value of a statement."""
        return await self.connection.fetchval(statement, *values)

    async def _insert(self, table: str, values: dict[str, Any]) -> UUID:
        columns = ", ".join(values)
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *values.values())
        identifier: UUID = values["id"]
        return identifier


def fact_body(
    position: int | None, *, kind: str, aggregate_id: UUID, organization_id: UUID, status: str
) -> dict[str, Any]:
    """The body of a fact as the relay publishes it."""
    return {
        "id": str(aggregate_id),
        "organization_id": str(organization_id),
        "type": f"{kind}.{status}",
        "status": status,
        "version": 1,
        "occurred_at": datetime.now(UTC).isoformat(),
        "position": position,
    }
