"""What a gateway says of a message that failed, without what the message said: it may quote it.

A send's answer is read by who knows the message. A webhook is not: the messages that it may be about are looked up, before
its words go onto Kafka. Failures are rare, so it costs little.
"""

from dataclasses import replace

from services.api.database import Database
from services.api.problems import DatabaseAway
from services.api.webhooks.sessions import GatewaySession
from truesend.gateways.protocol import WebhookEvent
from truesend.gateways.redaction import Redactor
from truesend.store.queries import Query

WITHHELD = (
    "The gateway's words were withheld: while the database was away, nobody could say whether they quote a message."
)

_redactor = Redactor(())


class QuotedMessages:
    """Takes messages out of gateways' words."""

    def __init__(self, database: Database, query: Query) -> None:
        self._database = database
        self._query = query

    async def without(self, event: WebhookEvent, session: GatewaySession) -> WebhookEvent:
        """The event, its words free of the messages that it can be about; without any while Postgres is away."""
        if event.outcome is None or not event.outcome.gateway_words:
            return event
        if session.organization_id is None:
            return _saying(event, WITHHELD)
        try:
            async with self._database.of(session.organization_id) as connection:
                rows = await self._query.fetch(
                    connection,
                    session_id=session.key,
                    organization_id=session.organization_id,
                    gateway_message_id=event.gateway_message_id,
                    recipient=event.recipient,
                )
        except DatabaseAway:
            return _saying(event, WITHHELD)
        words = event.outcome.gateway_words
        for row in rows:
            words = _redactor.words(words, row["message_content"])
        return _saying(event, words)


def _saying(event: WebhookEvent, words: str) -> WebhookEvent:
    return replace(event, outcome=replace(event.outcome, gateway_words=words)) if event.outcome else event
