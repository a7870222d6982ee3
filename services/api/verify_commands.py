"""Asking the verifier to ask: one command per session."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.api.broker_link import BrokerLink
from truesend.broker.publisher import Record
from truesend.contracts.events import VerifyReason, VerifySession
from truesend.contracts.topics import SESSION_VERIFY


async def ask_to_verify(
    broker: BrokerLink,
    session_ids: Sequence[UUID],
    *,
    organization_id: UUID,
    reason: VerifyReason,
    traceparent: str,
) -> None:
    """Have the gateways of these sessions asked. Raises BrokerAway."""
    now = datetime.now(UTC)
    await broker.publish(
        [
            Record(
                topic=SESSION_VERIFY,
                key=session_id,
                body=VerifySession(
                    session_id=session_id, organization_id=organization_id, reason=reason, requested_at=now
                )
                .model_dump_json()
                .encode(),
                event_type="session.verify",
                time=now,
                traceparent=traceparent,
            )
            for session_id in session_ids
        ]
    )
