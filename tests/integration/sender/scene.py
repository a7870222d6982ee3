"""One session, its messages, and a gateway that tells things about them: the sender's real statements, no loops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from pydantic import SecretStr

from services.sender.attempt import FinishedAttempt, StartedAttempt
from services.sender.decide import HoldPolicy, Policy
from services.sender.evidence import Evidence, Finding
from services.sender.fence import StartFence
from services.sender.finaliser import Finaliser
from tests.harness.rows import insert_message, insert_session, message_row
from tests.integration.sender.conftest import keeper
from truesend.broker.consumer import Received
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.contracts.events import DispatchMessage, GatewayEvent
from truesend.gateways.protocol import Gateway, GatewayConfig, Outcome, OutcomeKind
from truesend.gateways.registry import build_gateways
from truesend.settings import Settings

POLICY = Policy(max_attempts=3, backoff_base_s=1.0, backoff_max_s=1.0)
HOLD = HoldPolicy(1.0, 1.0)
CHAT = "919812345678"
CLAIM = """
    WITH queued AS (
        INSERT INTO truesend.dispatch_queue AS q
            (message_id, organization_id, session_id, recipient, due_at, gateway, lease_token, claimed_at)
        SELECT id, organization_id, session_id, recipient, now(), 'default', gen_random_uuid(), now()
        FROM scheduled_whatsapp_messages WHERE id = $1 AND status = 'pending'
        ON CONFLICT (message_id) DO UPDATE
            SET lease_token = excluded.lease_token, claimed_at = now(), started_at = NULL, answered_at = NULL,
                gateway = excluded.gateway
            WHERE q.claimed_at IS NULL
        RETURNING message_id, lease_token
    )
    UPDATE scheduled_whatsapp_messages AS m
    SET status = 'sending', lease_token = q.lease_token, lease_until = now() + interval '1 minute',
        attempt_started_at = NULL, accepted_at = NULL, unconfirmed_at = NULL, version = m.version + 1
    FROM queued AS q
    WHERE m.id = q.message_id
    RETURNING m.lease_token
"""
OPERATOR_RETRY = """
    WITH retried AS (
        UPDATE scheduled_whatsapp_messages
        SET status = 'pending', next_attempt_at = now(), retried_at = now(), retry_count = 0, error_message = NULL,
            vps_error = NULL, gateway_message_id = NULL, accepted_at = NULL, unconfirmed_at = NULL,
            attempt_started_at = NULL, version = version + 1
        WHERE id = $1 AND lease_token IS NULL
          AND (status IN ('failed', 'cancelled') OR status = 'sending' AND unconfirmed_at IS NOT NULL)
        RETURNING id
    ), dequeued AS (DELETE FROM truesend.dispatch_queue WHERE message_id IN (SELECT id FROM retried))
    SELECT count(*) FROM retried
"""


def gateways(*, exclusive: bool = True) -> Mapping[str, Gateway]:
    """The one gateway; it is never called."""
    config = GatewayConfig(name="default", kind="vps", url="http://127.0.0.1:9", api_key="k", exclusive=exclusive)
    return build_gateways([config])


@dataclass
class Scene:
    """What a test of evidence needs, on a pool of its own."""

    pool: asyncpg.Pool
    evidence: Evidence
    finaliser: Finaliser
    fence: StartFence
    organization_id: UUID = field(default_factory=uuid4)
    session_id: UUID = field(default_factory=uuid4)

    @classmethod
    async def on(cls, pool: asyncpg.Pool, url: str, *, exclusive: bool = True) -> "Scene":
        """A new organisation with one connected session."""
        settings = Settings(
            database_url=SecretStr(url), kafka_bootstrap_servers="127.0.0.1:9", gateway_url="http://127.0.0.1:9"
        )
        away = Publisher(make_broker(settings, service="test"), topic_prefix="", source="/test")
        evidence = keeper(pool, away, POLICY, HOLD, gateways(exclusive=exclusive))
        finaliser = Finaliser(pool, away, evidence, policy=POLICY, hold=HOLD, settled=lambda _: None, dice=lambda: 0.5)
        fence = StartFence(pool, {}, lease_s=60)
        scene = cls(pool, evidence, finaliser, fence)
        async with pool.acquire() as connection:
            scene.session_id = await insert_session(connection, organization_id=scene.organization_id)  # type: ignore[arg-type]
        return scene

    async def message(self, recipient: str = CHAT) -> UUID:
        """A pending message of the scene's session."""
        async with self.pool.acquire() as connection:
            return await insert_message(
                connection,  # type: ignore[arg-type]
                organization_id=self.organization_id,
                session_id=self.session_id,
                recipient=recipient,
            )

    async def claim(self, message_id: UUID) -> DispatchMessage | None:
        """Claim one pending message as the dispatcher does; None where its chat or session has one in flight."""
        try:
            token = await self.pool.fetchval(CLAIM, message_id)
        except asyncpg.UniqueViolationError:
            return None
        if token is None:
            return None
        return DispatchMessage(
            message_id=message_id,
            session_id=self.session_id,
            organization_id=self.organization_id,
            lease_token=token,
        )

    async def start(self, message_id: UUID) -> StartedAttempt:
        """Claim, and pass the start fence: the POST is on its way."""
        command = await self.claim(message_id)
        assert command is not None
        (attempt,) = (await self.fence.start([Received(command, None)])).started
        return attempt

    async def retry(self, message_id: UUID) -> bool:
        """An operator has it tried again, if it may be."""
        return bool(await self.pool.fetchval(OPERATOR_RETRY, message_id))

    async def started(self, command: DispatchMessage) -> StartedAttempt | None:
        """Pass the start fence with a claim, if it still may."""
        attempts = (await self.fence.start([Received(command, None)])).started
        return attempts[0] if attempts else None

    async def answer(self, attempt: StartedAttempt, kind: OutcomeKind, gateway_message_id: str | None = None) -> None:
        """The gateway's HTTP answer, written; what waited for its id is matched."""
        words = "" if kind in {OutcomeKind.SENT, OutcomeKind.ACCEPTED} else "the answer's words"
        self.finaliser.add(FinishedAttempt(attempt, Outcome(kind, words, gateway_message_id=gateway_message_id)))
        while not self.finaliser.is_idle:
            await self.finaliser.one_pass()
        await self.evidence.one_pass()

    async def find(self, attempt: StartedAttempt, gateway_message_id: str) -> None:
        """A look-up proved that the attempt was sent."""
        finding = Finding(
            message_id=attempt.message.message_id,
            organization_id=self.organization_id,
            session_id=self.session_id,
            attempt_started_at=attempt.started_at,
            gateway_message_id=gateway_message_id,
            sent_at=attempt.started_at,
        )
        await self.evidence.found(finding)
        await self.evidence.one_pass()

    async def hold(self) -> asyncpg.Record:
        """Why and until when the session is held."""
        (held,) = await self.pool.fetch("SELECT * FROM truesend.session_pace WHERE session_id = $1", self.session_id)
        return held

    def event(self, kind: str, at: datetime | None, *, chat: str | None = CHAT, **values: Any) -> GatewayEvent:
        """Something that the gateway tells, at its own time ``at``; it came a moment later."""
        return GatewayEvent.model_validate(
            {
                "gateway": "default",
                "gateway_session_id": f"wa_{self.session_id}",
                "kind": kind,
                "occurred_at": at,
                "received_at": (at or datetime.fromisoformat("2026-01-01T00:00:00+00:00")) + timedelta(milliseconds=20),
                "recipient": chat,
            }
            | values
        )

    async def tell(self, *events: GatewayEvent) -> None:
        """One batch from Kafka."""
        await self.evidence.take([Received(event, None) for event in events])

    async def row(self, message_id: UUID) -> asyncpg.Record:
        """The message as it is now."""
        async with self.pool.acquire() as connection:
            return await message_row(connection, message_id)  # type: ignore[arg-type]

    async def facts(self, message_id: UUID) -> list[Mapping[str, Any]]:
        """The payloads of its facts, oldest first."""
        rows: Sequence[asyncpg.Record] = await self.pool.fetch(
            "SELECT payload FROM truesend.event_log WHERE aggregateid = $1 ORDER BY seq", message_id
        )
        return [row["payload"] for row in rows]
