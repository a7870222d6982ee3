"""What only wuzapi has: tokens instead of sessions, answers by build, and webhooks that show what should be secret."""

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import orjson
import pytest

from simulator.frame.server import SimulatedGateway
from simulator.kinds.wuzapi import SimulatedWuzapi, SimulatedWuzapiOf2025
from tests.integration.gateways.conformance.bench import MESSAGE, SECRET
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.kinds.wuzapi import Wuzapi
from truesend.gateways.protocol import (
    GatewayConfig,
    ObservedState,
    OutcomeKind,
    ParsedWebhook,
    RefusedWebhook,
    WebhookKind,
    WebhookRefusal,
)

ADMIN: Final = "admin-token-123456"
NOW: Final = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _gateway(url: str = "http://gateway.example", *, key: str = ADMIN, **settings: object) -> HttpGateway:
    options = {"build": settings.pop("build", "2026-02"), "sessions_by": settings.pop("sessions_by", "name")}
    values: dict[str, object] = {"webhook_secret": SECRET, "options": options, "status_timeout_s": 0.5, **settings}
    config = GatewayConfig("default", "wuzapi", url, key, **values)  # type: ignore[arg-type]
    return HttpGateway(config, Wuzapi(config), now=lambda: NOW)


@asynccontextmanager
async def _running(
    simulated: type[SimulatedWuzapi] = SimulatedWuzapi, **settings: str
) -> AsyncIterator[tuple[SimulatedGateway, HttpGateway]]:
    async with SimulatedGateway.running(simulated, api_key=ADMIN) as running:
        running.memory.put("s1", state="LOGGED IN")
        gateway = _gateway(running.url, build="2026-02" if simulated.is_2026 else "2025-05", **settings)
        running.memory.calls.clear()
        yield running, gateway
        await gateway.close()


# --- tokens ---


async def test_a_session_s_token_is_asked_for_once_and_remembered() -> None:
    async with _running() as (running, gateway):
        assert (await gateway.send(MESSAGE)).kind is OutcomeKind.SENT
        assert (await gateway.send(MESSAGE)).kind is OutcomeKind.SENT

        assert running.memory.calls == ["list", "send", "send"]


async def test_a_send_with_a_token_that_is_no_more_is_a_session_down_and_the_next_one_leaves() -> None:
    async with _running() as (running, gateway):
        await gateway.status("s1")
        running.memory.put("s1", extra={"token": "another-token-of-s1"})

        stale, fresh = await gateway.send(MESSAGE), await gateway.send(MESSAGE)

        assert (stale.kind, fresh.kind) == (OutcomeKind.SESSION_DOWN, OutcomeKind.SENT)
        assert running.ledger.delivery_count == 1


async def test_a_look_with_a_token_that_is_no_more_asks_for_the_new_one() -> None:
    async with _running() as (running, gateway):
        await gateway.status("s1")
        running.memory.put("s1", extra={"token": "another-token-of-s1"})
        changed = await gateway.status("s1")
        del running.memory.sessions["s1"]

        assert changed.state is ObservedState.CONNECTED
        assert (await gateway.status("s1")).state is ObservedState.DISCONNECTED


async def test_two_users_with_one_name_are_no_session_that_could_be_sent_with() -> None:
    async with _running() as (running, gateway):
        running.memory.put("s2", state="LOGGED IN", extra={"name": "s1"})

        seen, outcome = await gateway.status("s1"), await gateway.send(MESSAGE)

        assert (seen.state, outcome.kind) == (ObservedState.CANNOT_TELL, OutcomeKind.CONFIG_ERROR)
        assert "more than one" in outcome.gateway_words
        assert await gateway.statuses(["s1"]) == {}
        assert running.ledger.post_count == 0


async def test_sessions_can_be_named_by_their_users_ids() -> None:
    async with _running(SimulatedWuzapiOf2025, sessions_by="id") as (_, gateway):
        assert (await gateway.status("1")).state is ObservedState.CONNECTED
        assert (await gateway.status("s1")).state is ObservedState.DISCONNECTED


@pytest.mark.parametrize("call", ["send", "status"])
async def test_a_token_that_the_gateway_told_us_is_in_no_words(call: str) -> None:
    async with _running() as (running, gateway):
        await gateway.status("s1")
        running.memory.script(call, status=500, body={"error": "no luck with token-of-s1, sorry"})

        outcome, seen = await gateway.send(MESSAGE), await gateway.status("s1")

        assert "no luck" in outcome.gateway_words + seen.detail
        assert "token-of-s1" not in outcome.gateway_words + seen.detail


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 401, "body": {"code": 401, "error": "unauthorized", "success": False}}, OutcomeKind.CONFIG_ERROR),
        ({"status": 502, "text": "<html>nginx</html>"}, OutcomeKind.TRANSIENT),
        ({"status": 500, "body": {"error": "problem accessing DB"}}, OutcomeKind.TRANSIENT),
        ({"status": 200, "body": {"odd": True}}, OutcomeKind.TRANSIENT),
    ],
)
async def test_a_list_that_fails_leaves_no_doubt_about_a_message(answer: dict[str, object], kind: OutcomeKind) -> None:
    async with _running() as (running, gateway):
        running.memory.script("list", **answer)

        assert (await gateway.send(MESSAGE)).kind is kind
        assert running.ledger.post_count == 0


async def test_a_list_that_hangs_leaves_no_doubt_about_a_message() -> None:
    async with _running() as (running, gateway):
        running.memory.hangs["list"] = 60

        assert (await gateway.send(MESSAGE)).kind is OutcomeKind.NEVER_TRANSMITTED


@pytest.mark.parametrize("token", ["", "two\nlines", "ümlaut", "x" * 5_000, " spaces "])
async def test_a_token_that_no_header_can_carry_is_a_matter_of_settings(token: str) -> None:
    async with _running() as (running, gateway):
        users = [{"id": 1, "name": "s1", "token": token}]
        running.memory.script("list", status=200, body=users)

        assert (await gateway.send(MESSAGE)).kind is OutcomeKind.CONFIG_ERROR


@pytest.mark.parametrize("key", ['{"s1": 7}', '{"s1": ""}', '{"s1": "a\\nb"}', '{"s1": "same", "s2": "same"}', "{"])
def test_a_key_that_is_neither_a_token_nor_an_object_of_tokens_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match="admin token, or a JSON object") as refused:
        _gateway(key=key)
    assert "same" not in str(refused.value)


def test_an_admin_token_can_t_share_its_header_with_the_url_s_credentials() -> None:
    with pytest.raises(ValueError, match="same header"):
        _gateway("http://somebody:word@gateway.example")


def test_a_secret_too_short_for_an_hmac_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        _gateway(webhook_secret="short")


# --- builds ---


async def test_the_old_build_s_bare_list_names_sessions_but_not_their_states() -> None:
    async with _running(SimulatedWuzapiOf2025) as (running, gateway):
        running.memory.put("s1", state="NO SESSION")

        assert not gateway.capabilities.bulk_status
        assert (await gateway.status("s1")).state is ObservedState.DISCONNECTED
        assert (await gateway.send(MESSAGE)).kind is OutcomeKind.SESSION_DOWN
        assert (await gateway.health()).sessions == 1


async def test_the_old_build_s_list_is_believed_about_no_state() -> None:
    async with _running(SimulatedWuzapiOf2025) as (running, _):
        newer = _gateway(running.url, build="2026-02")
        seen = await newer.statuses(["s1"])
        await newer.close()

        assert seen == {}


@pytest.mark.parametrize("simulated", [SimulatedWuzapi, SimulatedWuzapiOf2025])
async def test_a_session_that_the_gateway_does_not_know_is_created_and_wants_a_qr_code(
    simulated: type[SimulatedWuzapi],
) -> None:
    async with _running(simulated, callback_base_url="http://us.example") as (running, gateway):
        result = await gateway.restart("wa_new")
        seen = await gateway.qr("wa_new")

        assert result.ok, result.detail
        assert seen.state is ObservedState.QR_WANTED
        assert seen.qr is not None
        created = running.memory.sessions["wa_new"]
        assert "ReadReceipt" in created.extra["events"]
        assert created.webhook_url == (gateway.config.webhook_url if simulated.is_2026 else None)
        assert ADMIN not in created.extra["token"]


async def test_connecting_keeps_what_a_user_is_subscribed_to() -> None:
    async with _running(SimulatedWuzapiOf2025) as (running, gateway):
        running.memory.put("s1", state="NOT CONNECTED", extra={"events": ["Message", "Presence"]})

        await gateway.restart("s1")

        assert running.memory.sessions["s1"].extra["events"] == ["Message", "Presence", "ReadReceipt"]


async def test_a_session_that_calls_itself_connected_is_connected_again() -> None:
    async with _running() as (running, gateway):
        result = await gateway.restart("s1")

        assert result.ok, result.detail
        assert running.memory.calls == ["list", "webhook", "connect", "hang_up", "connect"]


async def test_a_connect_that_kills_the_gateway_is_no_success() -> None:
    async with _running(SimulatedWuzapiOf2025) as (running, gateway):
        running.memory.put("s1", state="NOT CONNECTED")
        running.memory.change_settings(extra={"whatsapp_is_away": True})

        result = await gateway.restart("s1")

        assert not result.ok
        assert running.memory.restarts == 1


async def test_no_look_ever_connects_or_logs_out() -> None:
    async with _running() as (running, gateway):
        for state in ("NO SESSION", "NOT CONNECTED", "NOT PAIRED"):
            running.memory.put("s1", state=state)
            await gateway.status("s1")
            await gateway.qr("s1")
            await gateway.statuses(["s1"])
            await gateway.health()

        assert not {"connect", "hang_up", "disconnect", "create"} & set(running.memory.calls)


# --- webhooks ---


def _posted(event: Mapping[str, object], **user: str) -> tuple[dict[str, str], bytes]:
    """As 2026-02 posts: in a form, signed."""
    body = urlencode({"instanceName": "s1", "jsonData": orjson.dumps(event), "userID": "8f", **user}).encode()
    return _signed(body)


def _signed(body: bytes) -> tuple[dict[str, str], bytes]:
    signature = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    return {"content-type": "application/x-www-form-urlencoded", "x-hmac-signature": signature}, body


def _read(event: Mapping[str, object], gateway: HttpGateway | None = None) -> ParsedWebhook:
    parsed = (gateway or _gateway()).parse_webhook(*_posted(event))
    assert isinstance(parsed, ParsedWebhook)
    return parsed


def _receipt(state: str, **changes: object) -> dict[str, object]:
    event = {
        "Chat": "919800000001@s.whatsapp.net",
        "Sender": "919800000001@s.whatsapp.net",
        "IsFromMe": False,
        "MessageIDs": ["3EB0AA", "3EB0BB"],
        "Timestamp": "2026-11-24T10:00:00+05:30",
        "Type": "",
        **changes,
    }
    return {"type": "ReadReceipt", "event": event, "state": state}


def test_one_receipt_is_about_each_of_its_messages() -> None:
    first, second = _read(_receipt("Read")).events

    assert [first.gateway_message_id, second.gateway_message_id] == ["3EB0AA", "3EB0BB"]
    assert {first.kind, second.kind} == {WebhookKind.READ}
    assert first.occurred_at == datetime(2026, 11, 24, 4, 30, tzinfo=UTC)
    assert first.reader is None


def test_a_receipt_of_a_group_names_its_reader() -> None:
    event = _read(_receipt("Delivered", Chat="120363@g.us")).events[0]

    assert (event.kind, event.recipient) == (WebhookKind.DELIVERED, "120363@g.us")
    assert event.reader == "919800000001@s.whatsapp.net"


@pytest.mark.parametrize(
    "hook", [_receipt("ReadSelf"), _receipt("Read", IsFromMe=True), _receipt("Read", MessageIDs="3EB0")]
)
def test_what_the_number_s_own_devices_read_is_nobody_s_receipt(hook: dict[str, object]) -> None:
    assert _read(hook).events == ()


@pytest.mark.parametrize(
    ("hook", "state", "detail"),
    [
        ({"type": "Connected", "event": {}}, ObservedState.CONNECTED, ""),
        ({"type": "KeepAliveTimeout", "event": {"ErrorCount": 2}}, ObservedState.CONNECTING, "KeepAliveTimeout"),
        ({"type": "Disconnected", "event": {}}, ObservedState.DISCONNECTED, "Disconnected"),
        ({"type": "LoggedOut", "event": {"Reason": 401}}, ObservedState.DISCONNECTED, "LoggedOut: 401"),
        (
            {"type": "TemporaryBan", "event": {"Code": 101, "Expire": 1}},
            ObservedState.DISCONNECTED,
            "TemporaryBan: 101",
        ),
        (
            {"type": "ConnectFailure", "event": "ConnectFailure", "error": "dial tcp", "attempts": 3},
            ObservedState.DISCONNECTED,
            "ConnectFailure: dial tcp",
        ),
    ],
)
def test_whatsmeow_s_events_tell_of_the_connection(hook: dict[str, object], state: ObservedState, detail: str) -> None:
    (event,) = _read(hook).events

    assert event.observation is not None
    assert (event.observation.state, event.observation.detail) == (state, detail)


def test_a_qr_code_that_is_posted_goes_no_further() -> None:
    parsed = _read({"type": "QR", "event": "code", "qrCodeBase64": "data:image/png;base64,AAAA"})

    assert parsed.events[0].observation is not None
    assert parsed.events[0].observation.state is ObservedState.QR_WANTED
    assert "AAAA" not in repr(parsed)


@pytest.mark.parametrize("hook", [{"type": "Message", "event": {}}, {"type": ["QR"]}, {"type": "StreamError"}, {}])
def test_what_else_is_posted_is_taken_and_has_no_name(hook: dict[str, object]) -> None:
    parsed = _read(hook)

    assert (parsed.event_name, parsed.events) == ("unknown", ())


def test_a_signature_holds_for_the_form_as_it_was_written() -> None:
    headers, body = _posted(_receipt("Read"))

    assert _gateway().parse_webhook(headers, body.replace(b"s1", b"s2")) == RefusedWebhook(WebhookRefusal.WRONG_SECRET)


@pytest.mark.parametrize(
    ("token", "refusal"),
    [
        ("token-one-of-two", None),
        ("token-of-nobody", WebhookRefusal.WRONG_SECRET),
        ("", WebhookRefusal.NO_SECRET),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_unsigned_webhook_is_taken_by_its_token_which_goes_no_further(
    token: str, refusal: WebhookRefusal | None, *, as_json: bool
) -> None:
    gateway = _gateway(key='{"s1": "token-one-of-two", "s2": "token-two-of-two"}', build="2025-05")
    form = urlencode({"jsonData": orjson.dumps(_receipt("Read")), "token": token}).encode()
    body = orjson.dumps({**_receipt("Read"), "token": token}) if as_json else form
    headers = {"content-type": "application/json" if as_json else "application/x-www-form-urlencoded"}

    parsed = gateway.parse_webhook(headers, body)

    if refusal is not None:
        assert parsed == RefusedWebhook(refusal)
    else:
        assert isinstance(parsed, ParsedWebhook)
        assert parsed.gateway_session_id == "s1"
        assert len(parsed.events) == 2
        assert token not in repr(parsed)


def test_with_an_admin_token_only_signed_webhooks_are_taken() -> None:
    gateway = _gateway(build="2025-05")
    body = orjson.dumps({**_receipt("Read"), "token": ADMIN})

    assert not gateway.capabilities.receipts
    assert gateway.parse_webhook({}, body) == RefusedWebhook(WebhookRefusal.NO_SECRET)


def test_a_session_named_by_its_id_is_found_in_its_webhooks() -> None:
    assert _read(_receipt("Read"), _gateway(sessions_by="id")).gateway_session_id == "8f"
    assert _read(_receipt("Read"), _gateway(key='{"s1": "token-one"}')).gateway_session_id == "s1"
