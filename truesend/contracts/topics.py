"""The topics and their settings. Every key is an id as plain text: of the session, or of the message."""

from dataclasses import dataclass

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's name and how long its records are kept."""

    name: str
    retention_ms: int

    @property
    def dead_letters(self) -> str:
        """Where records go that cannot be read."""
        return f"{self.name}.dlq"


SESSION_VERIFY = Topic("whatsapp.session.verify.v1", HOUR_MS)
SESSION_EVENTS = Topic("whatsapp.session.events.v1", 7 * DAY_MS)
MESSAGE_DISPATCH = Topic("whatsapp.message.dispatch.v1", HOUR_MS)
MESSAGE_EVENTS = Topic("whatsapp.message.events.v1", 7 * DAY_MS)
GATEWAY_EVENTS = Topic("whatsapp.gateway.events.v1", 7 * DAY_MS)
# Bodies as gateways sent them: kept no longer than passing them on takes.
GATEWAY_FORWARD = Topic("whatsapp.gateway.forward.v1", DAY_MS)

TOPICS = (SESSION_VERIFY, SESSION_EVENTS, MESSAGE_DISPATCH, MESSAGE_EVENTS, GATEWAY_EVENTS, GATEWAY_FORWARD)
DEAD_LETTER_RETENTION_MS = 30 * DAY_MS
