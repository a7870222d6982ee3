"""What is on each topic: the body's model, the types, the key, and which service writes and reads it."""

from dataclasses import dataclass

from truesend.contracts import topics
from truesend.contracts.events import (
    Contract,
    DispatchMessage,
    ForwardWebhook,
    GatewayEvent,
    MessageFact,
    SessionFact,
    VerifySession,
)
from truesend.contracts.record_types import (
    DispatchType,
    ForwardType,
    GatewayEventType,
    MessageType,
    RecordType,
    SessionType,
    VerifyType,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A service that reads a topic. Without a ``group`` each of its processes reads everything, from now on."""

    service: str
    group: str | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic and what is on it. ``key`` says what a record's key is the id of."""

    topic: topics.Topic
    says: str
    key: str
    model: type[Contract]
    types: type[RecordType]
    writers: tuple[str, ...]
    readers: tuple[Reader, ...]


CHANNELS = (
    Channel(
        topics.SESSION_VERIFY,
        "Commands: have a session's gateway asked. Losing one is harmless, for the sweep asks, too.",
        "the session",
        VerifySession,
        VerifyType,
        ("api", "sender", "verifier"),
        (Reader("verifier", "truesend-verifier"),),
    ),
    Channel(
        topics.SESSION_EVENTS,
        "Facts: what became of sessions, in order per session, at least once. Facts have a position; notices have none.",
        "the session",
        SessionFact,
        SessionType,
        ("sender", "verifier"),
        (Reader("api", None),),
    ),
    Channel(
        topics.MESSAGE_DISPATCH,
        "Commands: send a message under its lease. Losing one is harmless, for the lease runs out.",
        "the session",
        DispatchMessage,
        DispatchType,
        ("sender",),
        (Reader("sender", "truesend-sender"),),
    ),
    Channel(
        topics.MESSAGE_EVENTS,
        "Facts: what became of messages, in order per message, at least once.",
        "the message",
        MessageFact,
        MessageType,
        ("sender", "verifier"),
        (Reader("api", None),),
    ),
    Channel(
        topics.GATEWAY_EVENTS,
        "What gateways told by webhook, authenticated and parsed; without message text. At least once, in any order.",
        "the session",
        GatewayEvent,
        GatewayEventType,
        ("api",),
        (Reader("sender", "truesend-sender-evidence"), Reader("verifier", "truesend-verifier-webhooks")),
    ),
    Channel(
        topics.GATEWAY_FORWARD,
        "Commands: pass webhooks on to the CRM. Only written where WEBHOOK_FORWARD_URL is set; may hold message text.",
        "the gateway's session (a name-based uuid, for it need not be one of ours)",
        ForwardWebhook,
        ForwardType,
        ("api",),
        (Reader("api", "truesend-forwarder"),),
    ),
)
