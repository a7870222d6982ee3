"""Every webhook of a VPS, and the one event that it means. The table is the specification."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truesend.gateways.protocol import (
    GatewayConfig,
    ObservedState,
    OutcomeKind,
    ParsedWebhook,
    RefusedWebhook,
    WebhookEvent,
    WebhookKind,
    WebhookRefusal,
)
from truesend.gateways.redaction import Redactor
from truesend.gateways.vps import VpsGateway
from truesend.gateways.vps_webhooks import parse
from truesend.gateways.webhook_secrets import shared_secret_refusal

NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT_MS: Final = 1_772_366_300_000
AT: Final = datetime(2026, 3, 1, 11, 58, 20, tzinfo=UTC)
ABOUT: Final = {"sessionId": "wa_1", "groupJid": "919800001234", "messageId": "3EB0AB", "timestamp": AT_MS}
SECRET: Final = "the webhook's secret"


def told(body: object) -> ParsedWebhook:
    parsed = parse(json.dumps(body).encode(), Redactor((SECRET,)).words, NOW)
    assert isinstance(parsed, ParsedWebhook)
    return parsed


def event(body: object) -> WebhookEvent:
    (only,) = told(body).events
    return only


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("message_sent", WebhookKind.SENT),
        ("message_failed", WebhookKind.FAILED),
        ("message_error", WebhookKind.REJECTED),
        ("delivered", WebhookKind.DELIVERED),
        ("read", WebhookKind.READ),
    ],
)
def test_an_event_is_about_the_session_the_chat_and_the_message_that_it_names(name: str, kind: WebhookKind) -> None:
    found = event({"event": name, **ABOUT})

    assert (found.kind, found.gateway_session_id, found.recipient) == (kind, "wa_1", "919800001234")
    assert (found.gateway_message_id, found.occurred_at) == ("3EB0AB", AT)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("connected", ObservedState.CONNECTED),
        ("disconnected", ObservedState.DISCONNECTED),
        ("connecting", ObservedState.CONNECTING),
        ("qr", ObservedState.QR_WANTED),
        ("migrated", ObservedState.UNKNOWN_STATE),
    ],
)
def test_a_status_is_an_observation(status: str, state: ObservedState) -> None:
    found = event({"sessionId": "wa_1", "status": status, "phoneNumber": "+91 98 1", "timestamp": AT.isoformat()})

    assert found.kind is WebhookKind.STATUS
    assert found.observation is not None
    assert (found.observation.state, found.occurred_at) == (state, AT)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("Session wa_1 is not connected", OutcomeKind.SESSION_DOWN),
        ("Connection Closed", OutcomeKind.SESSION_DOWN),
        ("Timed Out", OutcomeKind.UNCONFIRMED),
        ("server returned error 463", OutcomeKind.RESTRICTED),
        ("number is not on WhatsApp", OutcomeKind.PERMANENT),
        ("something odd", OutcomeKind.TRANSIENT),
        (None, OutcomeKind.TRANSIENT),
    ],
)
def test_a_failed_callback_has_the_outcome_that_its_words_mean(error: str | None, kind: OutcomeKind) -> None:
    found = event({"event": "message_failed", **ABOUT, "messageId": None, "status": "failed", "error": error})

    assert found.outcome is not None
    assert found.outcome.kind is kind
    assert found.outcome.gateway_words


def test_a_callback_named_sent_that_tells_of_an_error_is_never_a_confirmation() -> None:
    assert event({"event": "message_sent", **ABOUT, "status": "failed"}).kind is WebhookKind.FAILED
    assert event({"event": "message_sent", **ABOUT, "error": "Connection Closed"}).kind is WebhookKind.FAILED


def test_a_rejection_keeps_the_code_and_the_words() -> None:
    found = event({"event": "message_error", **ABOUT, "errorCode": 420, "errorMessage": "Rejected by WhatsApp"})

    assert found.outcome is not None
    assert (found.error_code, found.outcome.kind) == (420, OutcomeKind.RESTRICTED)
    assert found.outcome.gateway_words == "Rejected by WhatsApp (error 420)"
    assert event({"event": "message_error", **ABOUT, "errorCode": 400}).outcome != found.outcome


def test_a_receipt_tells_its_reader() -> None:
    assert event({"event": "read", **ABOUT, "readerPhone": "919800009999"}).reader == "919800009999"


@pytest.mark.parametrize(
    "body",
    [
        {"event": "message", **ABOUT},
        {"event": 7, **ABOUT},
        {"event": ["read"], **ABOUT},
        {"sessionId": "wa_1"},
        {},
        {"event": "presence.update"},
    ],
)
def test_what_nobody_knows_is_taken_and_tells_nothing(body: object) -> None:
    assert told(body).events == ()
    assert told(body).event_name == "unknown"


@pytest.mark.parametrize(
    "body",
    [
        {"event": "message_sent", "messageId": "3EB0AB"},  # about no session
        {"event": "message_sent", "sessionId": "wa_1"},  # about no message and no chat
        {"event": "read", "sessionId": "wa_1", "groupJid": "919800001234"},  # of which message?
        {"event": "message_sent", "sessionId": "wa_1", "messageId": {"id": "3EB0AB"}},
        {"sessionId": "wa_1", "status": "connected", "success": False},
        {"sessionId": "\x00", "status": "connected"},
    ],
)
def test_what_names_nothing_that_could_be_meant_tells_nothing(body: object) -> None:
    assert told(body).events == ()


def test_ids_with_quotes_stay_as_they_are_and_lose_their_nuls() -> None:
    found = event({"event": "message_sent", **ABOUT, "messageId": "3E'\"; DROP\x00 --"})

    assert found.gateway_message_id == "3E'\"; DROP --"


@pytest.mark.parametrize(
    "timestamp",
    ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 0, -1, 10**30, 1e308, "NaN", "soon", None, True, [], "1e400"],
)
def test_a_time_that_cannot_be_believed_is_none(timestamp: object) -> None:
    assert event({"event": "read", **ABOUT, "timestamp": timestamp}).occurred_at is None


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 100_000, b"{" * 2_000])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    assert parse(body, str, NOW) == RefusedWebhook(WebhookRefusal.UNREADABLE)


def test_a_secret_in_a_gateways_words_is_hidden() -> None:
    found = event({"event": "message_failed", **ABOUT, "error": f"cannot post with {SECRET}"})

    assert found.outcome is not None
    assert SECRET not in found.outcome.gateway_words


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"x-api-key": SECRET}, None),
        ({"authorization": f"Bearer {SECRET}"}, None),
        ({"authorization": f"bearer {SECRET}"}, None),
        ({"x-api-key": "wrong", "authorization": f"Bearer {SECRET}"}, None),
        ({}, WebhookRefusal.NO_SECRET),
        ({"authorization": f"Basic {SECRET}"}, WebhookRefusal.NO_SECRET),
        ({"x-api-key": SECRET[:-1]}, WebhookRefusal.WRONG_SECRET),
        ({"x-api-key": SECRET + "x"}, WebhookRefusal.WRONG_SECRET),
        ({"x-api-key": "\udcff"}, WebhookRefusal.WRONG_SECRET),
    ],
)
def test_only_the_secret_lets_a_webhook_in(headers: dict[str, str], refusal: WebhookRefusal | None) -> None:
    assert shared_secret_refusal(headers, SECRET) is refusal


def test_without_a_secret_of_our_own_no_webhook_is_taken() -> None:
    assert shared_secret_refusal({"x-api-key": ""}, "") is WebhookRefusal.NO_SECRET
    assert shared_secret_refusal({"x-api-key": "anything"}, "") is WebhookRefusal.NO_SECRET


async def test_a_webhook_with_a_wrong_secret_is_not_even_read() -> None:
    config = GatewayConfig("default", "vps", "http://127.0.0.1:9", "key", webhook_secret=SECRET)
    gateway = VpsGateway(config)

    assert gateway.parse_webhook({"x-api-key": "wrong"}, b"{") == RefusedWebhook(WebhookRefusal.WRONG_SECRET)
    assert gateway.parse_webhook({"x-api-key": SECRET}, b"{") == RefusedWebhook(WebhookRefusal.UNREADABLE)
    assert SECRET not in repr(config)
    await gateway.close()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["message_sent", "message_failed", "message_error", "delivered", "read", "status"])
fields = st.sampled_from(
    ["sessionId", "event", "status", "messageId", "groupJid", "readerPhone", "error", "errorCode", "timestamp"]
)


@given(st.dictionaries(fields, names | json_values))
def test_no_body_raises_or_yields_text_that_postgres_refuses(body: dict[str, Any]) -> None:
    for found in told(body).events:
        texts = [found.gateway_session_id, found.gateway_message_id, found.recipient, found.reader]
        texts += [found.outcome.gateway_words] if found.outcome else []
        texts += [found.observation.detail, found.observation.phone_number] if found.observation else []
        for text in filter(None, texts):
            assert "\x00" not in text
            assert len(text) <= 500
            text.encode()


@given(st.binary(max_size=300))
def test_no_bytes_raise(body: bytes) -> None:
    parse(body, str, NOW)
