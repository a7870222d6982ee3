"""Sessions as people read them."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from truesend.cli.operator.client import Json
from truesend.cli.terminal import Column, moment

COLUMNS = (
    Column("ID", whole=True),
    Column("BADGE", whole=True),
    Column("STATUS"),
    Column("NAME"),
    Column("NUMBER"),
    Column("GATEWAY"),
    Column("VERIFIED"),
    Column("LAST ERROR"),
)
_WORST_FIRST = (
    "disconnected",
    "silent",
    "scan_qr",
    "connecting",
    "cannot_verify",
    "connected",
    "never_paired",
)


class SessionStatus(StrEnum):
    """The CRM's words."""

    CONNECTED = "connected"
    CONNECTING = "connecting"
    QR_PENDING = "qr_pending"
    DISCONNECTED = "disconnected"


def cells(session: Json) -> Sequence[object]:
    """A row of the table."""
    return (
        session["id"],
        session["badge"],
        session["status"],
        session["display_name"],
        session["phone_number"],
        session["gateway"],
        moment(session["last_verified_at"]),
        session["last_error"],
    )


def worst_first(sessions: Iterable[Json]) -> list[Json]:
    """What wants an operator comes first."""
    ranks = {badge: rank for rank, badge in enumerate(_WORST_FIRST)}
    return sorted(sessions, key=lambda each: (ranks.get(each["badge"], 0), each["display_name"] or "", each["id"]))


def fields(session: Json) -> list[tuple[str, object]]:
    """Everything about one."""
    return [
        ("id", session["id"]),
        ("badge", session["badge"]),
        ("status", session["status"]),
        ("name", session["display_name"]),
        ("number", session["phone_number"]),
        ("gateway", session["gateway"]),
        ("verified", moment(session["last_verified_at"])),
        ("last error", session["last_error"]),
        ("error since", moment(session["last_error_at"])),
        ("silent since", moment(session.get("silent_since"))),
        ("superseded by", session["superseded_by"]),
        ("connected", moment(session["connected_at"])),
        ("last active", moment(session["last_active_at"])),
        ("created", moment(session["created_at"])),
    ]
