"""The topics and their settings. Every key is an id as plain text: of the session, or of the message."""

from dataclasses import dataclass

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's name and how long its records, and those that cannot be read, are kept.

    Kafka forgets segments, not records: one outlives its retention by what its segment spans, by default a week. Where
    records hold personal data, ``segment_ms`` bounds that.
    """

    name: str
    retention_ms: int
    dead_letter_retention_ms: int = 30 * DAY_MS
    segment_ms: int | None = None

    @property
    def dead_letters(self) -> str:
        """Where records go that cannot be read."""
        return f"{self.name}.dlq"


SESSION_VERIFY = Topic("whatsapp.session.verify.v1", HOUR_MS)
SESSION_EVENTS = Topic("whatsapp.session.events.v1", 7 * DAY_MS)
MESSAGE_DISPATCH = Topic("whatsapp.message.dispatch.v1", HOUR_MS)
MESSAGE_EVENTS = Topic("whatsapp.message.events.v1", 7 * DAY_MS)
# Recipients and readers, in what gateways told: no longer than a weekend without a sender.
GATEWAY_EVENTS = Topic("whatsapp.gateway.events.v1", 3 * DAY_MS, 7 * DAY_MS, 6 * HOUR_MS)
# Bodies as gateways sent them, messages of people among them: no longer than passing them on takes.
GATEWAY_FORWARD = Topic("whatsapp.gateway.forward.v1", DAY_MS, DAY_MS, HOUR_MS)

TOPICS = (SESSION_VERIFY, SESSION_EVENTS, MESSAGE_DISPATCH, MESSAGE_EVENTS, GATEWAY_EVENTS, GATEWAY_FORWARD)
