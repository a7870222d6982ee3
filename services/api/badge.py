"""What the page shows for a session, decided from its row alone."""

from enum import StrEnum
from typing import Any, Protocol


class SessionRow(Protocol):
    """A session as the queries read it, or anything that gives its columns by name."""

    def __getitem__(self, column: str, /) -> Any:
        """The column's value."""


class Badge(StrEnum):
    """One word per look."""

    CONNECTED = "connected"
    SILENT = "silent"  # connected, but nothing gets through
    DISCONNECTED = "disconnected"
    CONNECTING = "connecting"
    SCAN_QR = "scan_qr"
    CANNOT_VERIFY = "cannot_verify"
    NEVER_PAIRED = "never_paired"


_BY_STATUS = {
    "connected": Badge.CONNECTED,
    "connecting": Badge.CONNECTING,
    "qr_pending": Badge.SCAN_QR,
    "disconnected": Badge.DISCONNECTED,
}


def badge(session: SessionRow) -> Badge:
    """The badge of a session row.

    `connected` is shown only for what a gateway has confirmed and nothing has put in doubt since. A session that never
    connected and has no number was never paired: no alarm.
    """
    if _was_never_paired(session):
        return Badge.NEVER_PAIRED
    if session["status"] == "connected" and session["silent_since"] is not None:
        return Badge.SILENT
    if _is_in_doubt(session):
        return Badge.CANNOT_VERIFY
    return _BY_STATUS.get(session["status"], Badge.CANNOT_VERIFY)


def _was_never_paired(session: SessionRow) -> bool:
    return session["status"] == "disconnected" and session["connected_at"] is None and session["phone_number"] is None


def _is_in_doubt(session: SessionRow) -> bool:
    """An unanswered verification leaves the status as it was and is newer than the last answer. One that was superseded
    is down without having been asked."""
    verified_at, failed_at = session["last_verified_at"], session["last_error_at"]
    if session["status"] == "connected":
        return verified_at is None or session["last_error"] is not None
    if session["last_error"] is None or failed_at is None or session["superseded_by"] is not None:
        return False
    return verified_at is None or failed_at > verified_at
