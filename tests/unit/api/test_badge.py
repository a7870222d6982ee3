"""The badge of a session, from its row."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from services.api.badge import Badge, badge

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=5)


def a_session(**columns: Any) -> dict[str, Any]:
    return {
        "status": "connected",
        "connected_at": NOON,
        "phone_number": "4915112345678",
        "last_error": None,
        "last_error_at": None,
        "last_verified_at": NOON,
        "superseded_by": None,
        "silent_since": None,
    } | columns


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, Badge.CONNECTED),
        ({"status": "disconnected"}, Badge.DISCONNECTED),
        ({"status": "connecting"}, Badge.CONNECTING),
        ({"status": "qr_pending"}, Badge.SCAN_QR),
        ({"status": "disconnected", "last_error": "logged out", "last_error_at": NOON}, Badge.DISCONNECTED),
        ({"last_error": "timed out", "last_error_at": LATER}, Badge.CANNOT_VERIFY),
        ({"status": "disconnected", "last_error": "timed out", "last_error_at": LATER}, Badge.CANNOT_VERIFY),
        ({"status": "connecting", "last_error": "timed out", "last_error_at": LATER}, Badge.CANNOT_VERIFY),
        ({"last_verified_at": None}, Badge.CANNOT_VERIFY),
        (
            {"status": "disconnected", "last_error": "superseded", "last_error_at": LATER, "superseded_by": "another"},
            Badge.DISCONNECTED,
        ),
        ({"status": "disconnected", "connected_at": None, "phone_number": None}, Badge.NEVER_PAIRED),
        ({"status": "disconnected", "connected_at": None}, Badge.DISCONNECTED),
        ({"status": "disconnected", "phone_number": None}, Badge.DISCONNECTED),
        ({"status": "qr_pending", "connected_at": None, "phone_number": None}, Badge.SCAN_QR),
        ({"silent_since": NOON, "last_error": "nothing gets through", "last_error_at": LATER}, Badge.SILENT),
        ({"silent_since": NOON, "status": "disconnected"}, Badge.DISCONNECTED),
        ({"silent_since": NOON, "status": "connecting"}, Badge.CONNECTING),
        ({"status": "a word of tomorrow"}, Badge.CANNOT_VERIFY),
    ],
)
def test_a_badge_follows_from_the_row(columns: dict[str, Any], expected: Badge) -> None:
    assert badge(a_session(**columns)) is expected


def test_connected_is_never_shown_for_what_no_gateway_has_confirmed_or_something_has_put_in_doubt() -> None:
    for status, error, verified_at, silent_since in product(
        ("connected", "disconnected", "connecting", "qr_pending"),
        (None, "timed out"),
        (None, NOON, LATER),
        (None, NOON),
    ):
        session = a_session(
            status=status,
            last_error=error,
            last_error_at=NOON if error else None,
            last_verified_at=verified_at,
            silent_since=silent_since,
        )
        if badge(session) is Badge.CONNECTED:
            assert (status, error, silent_since) == ("connected", None, None)
            assert verified_at is not None
