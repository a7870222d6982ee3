"""The statements whose time must not grow with the tables, each with the arguments that its service gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from services.sender.dispatcher import CHAT_LOOKAHEAD, CLAIMS_PER_SESSION
from tests.bench.big.tables import MESSAGE, ORGANIZATION, SESSION
from truesend.store.queries import load_queries

BATCH = 200
PAGE = 201
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)
_LEAD = "UPDATE truesend.relay_state SET leader = NULL"
_APPEND = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " SELECT 'message', gen_random_uuid(), 'message.sent', '{\"status\": \"sent\"}', gen_random_uuid()"
    f" FROM generate_series(1, {BATCH})"
)
_FILTERS = (
    "ids",
    "batch_id",
    "status",
    "recipient",
    "pattern",
    "created_from",
    "created_to",
    "scheduled_from",
    "scheduled_to",
    "before_id",
    "before_created_at",
)


@dataclass(frozen=True, slots=True)
class Statement:
    """``group`` is the goal's word for it. ``before`` is run first, and not counted."""

    group: str
    name: str
    text: str
    arguments: tuple[object, ...] = ()
    before: tuple[str, ...] = ()

    async def run(self, connection: asyncpg.Connection) -> None:
        """Once, as the service does."""
        await connection.fetch(self.text, *self.arguments)


@dataclass(frozen=True, slots=True)
class _Known:
    """What there is in the tables to ask for."""

    organization: UUID
    session: UUID
    sent: list[UUID] = field(default_factory=list)
    waiting: list[UUID] = field(default_factory=list)
    middle: tuple[datetime, UUID] = (_BEGINNING, _NOBODY)
    last_position: int = 0


async def statements(connection: asyncpg.Connection) -> list[Statement]:
    """All of them, for what lies in these tables."""
    known = await _known(connection)
    return [*_claim(), *_sweep(), *_relay(known), *_list(known)]


async def _known(connection: asyncpg.Connection) -> _Known:
    organization = await connection.fetchval(f"SELECT {ORGANIZATION.format(3)}")
    session = await connection.fetchval(f"SELECT {SESSION.format(7)}")
    rows = await connection.fetchval("SELECT last_position FROM truesend.relay_state")
    of_status = (
        "SELECT array_agg(id) FROM (SELECT id FROM scheduled_whatsapp_messages WHERE organization_id = $1 AND status = $2"
        " ORDER BY created_at DESC, id DESC LIMIT 200) AS m"
    )
    middle = await connection.fetchrow(
        f"SELECT created_at, id FROM scheduled_whatsapp_messages WHERE id = {MESSAGE.format('$1::bigint')}",
        rows // 2 + 7,
    )
    assert middle is not None
    return _Known(
        organization,
        session,
        await connection.fetchval(of_status, organization, "sent"),
        await connection.fetchval(of_status, organization, "pending"),
        (middle["created_at"], middle["id"]),
        rows,
    )


def _of(group: str, folder: str, query: str, values: Mapping[str, object]) -> Statement:
    found = load_queries(folder)[query]
    if missing := [name for name in found.parameters if name not in values]:
        raise TypeError(f"{found.name} takes {missing}, too")
    return Statement(group, query, found.text, tuple(values[name] for name in found.parameters))


def _claim() -> list[Statement]:
    values: Mapping[str, object] = {
        "gateways": ["default"],
        "most_claimed": [64],
        "min_intervals_s": [0.0],
        "most_per_session": CLAIMS_PER_SESSION,
        "organizations": None,
        "chat_lookahead": CHAT_LOOKAHEAD,
        "message_max_age_s": 86_400.0,
        "lease_s": 90.0,
        "after_due_at": _BEGINNING,
        "after_id": _NOBODY,
        "row_limit": 500,
    }
    return [_of("claim", "sender", query, values) for query in ("claim_due", "stage_due", "next_due")]


def _sweep() -> list[Statement]:
    values: Mapping[str, object] = {
        "busy_gateways": [],
        "patience_s": 10.0,
        "sweep_s": 60.0,
        "row_limit": 500,
        "after_id": _NOBODY,
        "message_max_age_s": 86_400.0,
        "organizations": None,
        "expired_message": "x",
        "doubt_message": "x",
    }
    return [
        *(_of("sweep", "verifier", query, values) for query in ("take_due", "enrol")),
        *(_of("sweep", "sender", query, values) for query in ("reap_leases", "expire_old")),
    ]


def _relay(known: _Known) -> list[Statement]:
    values: dict[str, object] = {
        "relay": UUID(int=1),
        "lease_s": 3.0,
        "published_from": 0,
        "published_to": 0,
        "row_limit": BATCH,
        "retention_s": 30 * 86_400.0,
        "organization_id": known.organization,
    }
    newest = values | {"after_position": known.last_position - BATCH}
    middle = values | {"after_position": known.last_position // 2, "up_to_position": known.last_position}
    behind = f"{_LEAD}, published_position = published_position - {BATCH}"
    take = _of("relay", "relay", "take", values)
    return [
        Statement("relay", "append", _APPEND),
        replace(take, before=(_LEAD, _APPEND)),
        replace(take, name="take, what a leader left", before=(behind,)),
        _of("relay", "relay", "turn_sections", values),
        _of("relay", "relay", "prune", values),
        _of("relay", "api", "facts_after", newest),
        _of("relay", "api", "replay", middle),
    ]


def _list(known: _Known) -> list[Statement]:
    values = dict.fromkeys(_FILTERS) | {
        "organization_id": known.organization,
        "organizations": None,
        "session_id": known.session,
        "row_limit": PAGE,
        "message_id": known.sent[0],
        "message_ids": known.sent,
        "after_id": _NOBODY,
    }
    narrowed: Mapping[str, Mapping[str, object]] = {
        "all": {},
        "sent": {"status": "sent"},
        "failed": {"status": "failed"},
        "from the middle": {"before_created_at": known.middle[0], "before_id": known.middle[1]},
        "by their ids": {"ids": known.sent[:100]},
    }
    pages = [
        replace(_of("list", "api", "list_messages", values | dict(each)), name=f"list_messages, {name}")
        for name, each in narrowed.items()
    ]
    others = ("confirmations", "list_sessions", "get_message", "facts_of_message", "list_messages_of_session")
    return [
        *pages,
        _of("list", "api", "holds", values | {"message_ids": known.waiting[:50]}),
        *(_of("list", "api", query, values | {"row_limit": 6}) for query in others),
    ]
