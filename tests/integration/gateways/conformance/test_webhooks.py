"""What gateways post: authentic or not, of any age and number, about anything."""

from collections import Counter

import pytest

from simulator.frame.server import SimulatedGateway
from tests.integration.gateways.conformance.bench import SECRET, Bench
from tests.integration.gateways.conformance.conftest import Inbox
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.protocol import (
    Outcome,
    OutcomeKind,
    ParsedWebhook,
    RefusedWebhook,
    WebhookEvent,
    WebhookKind,
    WebhookRefusal,
)


def _require_acks(gateway: HttpGateway) -> None:
    if not gateway.capabilities.acks:
        pytest.skip("acks is not declared")


async def _events_of_a_send(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox, **behaviour: object
) -> tuple[Outcome, list[WebhookEvent]]:
    bench.put_session(running, **behaviour)
    outcome = await gateway.send(bench.message())
    await running.kind.settled()
    return outcome, inbox.events(gateway)


@pytest.mark.parametrize("behaviour", [{}, {"ack_delay_ms": 50}, {"ack": "before_answer"}])
async def test_an_ack_names_the_message_whenever_it_comes(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox, behaviour: dict[str, object]
) -> None:
    _require_acks(gateway)
    outcome, events = await _events_of_a_send(bench, running, gateway, inbox, **behaviour)

    (event,) = events
    assert event.kind is WebhookKind.SENT
    assert event.gateway_session_id == bench.session_id
    assert event.gateway_message_id == outcome.gateway_message_id


async def test_a_lost_ack_tells_nothing(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    _, events = await _events_of_a_send(bench, running, gateway, inbox, ack="none")

    assert events == []


async def test_a_repeated_ack_tells_the_same_again(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    _require_acks(gateway)
    _, events = await _events_of_a_send(bench, running, gateway, inbox, ack_repeats=3)

    assert len(events) == 3
    assert len(set(events)) == 1


async def test_an_ack_that_is_an_error_is_no_success(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    _require_acks(gateway)
    outcome, events = await _events_of_a_send(bench, running, gateway, inbox, ack="error")

    (event,) = events
    assert event.kind in {WebhookKind.REJECTED, WebhookKind.FAILED}
    assert event.gateway_message_id == outcome.gateway_message_id
    assert event.outcome is not None
    assert event.outcome.kind not in {OutcomeKind.SENT, OutcomeKind.ACCEPTED}
    assert event.outcome.gateway_words


async def test_receipts_tell_of_delivery_and_of_reading(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    if not gateway.capabilities.receipts:
        pytest.skip("receipts is not declared")
    outcome, events = await _events_of_a_send(
        bench, running, gateway, inbox, ack="none", receipts=["delivered", "read"]
    )

    kinds = Counter(event.kind for event in events)
    assert kinds == {WebhookKind.DELIVERED: 1, WebhookKind.READ: 1}
    assert {event.gateway_message_id for event in events} == {outcome.gateway_message_id}


async def test_webhooks_have_times_that_can_be_believed_or_none(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    _, events = await _events_of_a_send(bench, running, gateway, inbox, receipts=["delivered"])

    for event in events:
        assert event.occurred_at is None or event.occurred_at.tzinfo is not None


async def _one_webhook(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> tuple[dict[str, str], bytes]:
    bench.put_session(running, state=running.kind.word("disconnected"))
    bench.put_session(running, state=running.kind.word("connected"), receipts=["delivered"])
    await gateway.send(bench.message())
    await running.kind.settled()
    if not inbox.received:
        pytest.skip("neither acks, receipts nor session_webhooks is declared")
    return inbox.received[-1]


async def test_a_forged_webhook_is_refused(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    headers, body = await _one_webhook(bench, running, gateway, inbox)
    forged = dict(running.kind.hook_headers(body, "another-secret-0123456789-0123456789"))
    other_secret = {name.lower(): value for name, value in forged.items()}
    naked = {"content-type": headers["content-type"]}

    assert isinstance(gateway.parse_webhook(headers, body), ParsedWebhook)
    if other_secret == naked:  # its secret is in the body
        forged_body = body.replace(SECRET.encode(), b"another-secret-0123456789-0123456789")
        assert gateway.parse_webhook(headers, forged_body) == RefusedWebhook(WebhookRefusal.WRONG_SECRET)
        return
    assert gateway.parse_webhook(other_secret, body) == RefusedWebhook(WebhookRefusal.WRONG_SECRET)
    assert gateway.parse_webhook(naked, body) == RefusedWebhook(WebhookRefusal.NO_SECRET)


async def test_a_signed_webhook_that_was_changed_is_refused(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    headers, body = await _one_webhook(bench, running, gateway, inbox)
    if not set(gateway.signature_headers) & set(headers):
        pytest.skip("this gateway does not sign")

    assert gateway.parse_webhook(headers, body + b" ") == RefusedWebhook(WebhookRefusal.WRONG_SECRET)


async def test_without_a_secret_of_ours_no_webhook_is_taken(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    headers, body = await _one_webhook(bench, running, gateway, inbox)
    trusting = bench.gateway(running.url, webhook_secret="")

    refused = trusting.parse_webhook(headers, body)
    await trusting.close()

    assert refused == RefusedWebhook(WebhookRefusal.NO_SECRET)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 10_000])
async def test_what_is_no_object_is_unreadable(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, body: bytes
) -> None:
    headers = {name.lower(): value for name, value in running.kind.hook_headers(body, SECRET).items()}

    assert gateway.parse_webhook(headers, body) in {
        RefusedWebhook(WebhookRefusal.UNREADABLE),
        RefusedWebhook(WebhookRefusal.NO_SECRET),  # where the secret is in the body
    }


@pytest.mark.parametrize("body", [b"{}", b'{"event":"new.thing","payload":{"x":1}}', b'{"event":7,"data":[]}'])
async def test_a_webhook_of_no_use_is_taken_and_tells_nothing(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, body: bytes
) -> None:
    can = gateway.capabilities
    if not (can.acks or can.receipts or can.session_webhooks):
        pytest.skip("neither acks, receipts nor session_webhooks is declared")
    wrapped = running.kind.wrap_hook(body, SECRET)
    headers = {name.lower(): value for name, value in running.kind.hook_headers(wrapped, SECRET).items()}

    parsed = gateway.parse_webhook(headers, wrapped)

    assert isinstance(parsed, ParsedWebhook)
    assert (parsed.event_name, parsed.events) == ("unknown", ())


async def test_our_address_can_be_registered_and_is_posted_to(
    bench: Bench, running: SimulatedGateway, inbox: Inbox
) -> None:
    base = inbox.url.removesuffix("/v1/webhooks/default")
    gateway = bench.gateway(running.url, callback_base_url=base)
    try:
        if not gateway.capabilities.webhook_registration:
            pytest.skip("webhook_registration is not declared")
        running.memory.change_settings(webhook_url=None, webhook_secret="")
        before = await gateway.health()

        result = await gateway.register_webhook(bench.session_id, gateway.config.webhook_url)
        again = await gateway.register_webhook(bench.session_id, gateway.config.webhook_url)
        after = await gateway.health()
        inbox.received.clear()
        await gateway.send(bench.message())
        await running.kind.settled()

        assert result.ok, result.detail
        assert again.ok, again.detail
        assert (before.webhooks, after.webhooks) in {(0, 1), (None, None)}
        assert all(isinstance(gateway.parse_webhook(*each), ParsedWebhook) for each in inbox.received)
        assert len(inbox.received) <= 1
    finally:
        await gateway.close()


async def test_health_tells_what_an_operator_wants_to_know(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    well = await gateway.health()
    stranger = bench.gateway(running.url, api_key="another-key-1")
    refused = await stranger.health()
    await stranger.close()
    nowhere = bench.gateway("http://127.0.0.1:9")
    absent = await nowhere.health()
    await nowhere.close()

    assert (well.is_reachable, well.key_accepted) == (True, True)
    assert well.sessions in {1, None}
    assert (refused.is_reachable, refused.key_accepted) == (True, False)
    assert (absent.is_reachable, absent.key_accepted) == (False, None)
