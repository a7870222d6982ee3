"""The adapter and the simulated VPS, over real sockets: what an operator and a message would live through."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

import pytest

from simulator.demo import NOT_ON_WHATSAPP, install_demo
from simulator.server import Simulator
from simulator.world import ScriptedAnswer
from tests.integration.gateways.raw_server import gateway_config
from truesend.gateways.protocol import (
    Gateway,
    GatewayConfig,
    LookupResult,
    LookupVerdict,
    Observation,
    ObservedState,
    OutcomeKind,
    OutgoingMessage,
)
from truesend.gateways.registry import build_gateways

KEY = "key-123456"
MESSAGE = OutgoingMessage(UUID(int=7), "wa_1", "919800000001", "Dear Asha, your workshop starts at 18:30 today.")


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator.running(api_key=KEY) as simulator:
        simulator.world.add("wa_1", phone_number="919812345678")
        yield simulator


@pytest.fixture
async def vps(sim: Simulator) -> AsyncIterator[Gateway]:
    gateway = _gateway(gateway_config(sim.url))
    yield gateway
    await gateway.close()


def _gateway(config: GatewayConfig) -> Gateway:
    return build_gateways([config])["default"]


async def test_a_connected_session_is_connected_with_its_number(vps: Gateway) -> None:
    assert await vps.status("wa_1") == Observation(ObservedState.CONNECTED, phone_number="919812345678")


async def test_a_dropped_session_is_disconnected_in_the_gateway_s_words(sim: Simulator, vps: Gateway) -> None:
    sim.world.drop("wa_1", "Stream Errored (conflict)")

    seen = await vps.status("wa_1")

    assert (seen.state, seen.detail) == (ObservedState.DISCONNECTED, "Stream Errored (conflict)")


@pytest.mark.parametrize("style", ["404", "200"])
async def test_a_session_that_the_gateway_does_not_know_is_disconnected(
    sim: Simulator, vps: Gateway, style: Literal["404", "200"]
) -> None:
    sim.world.change_settings(unknown_session=style)

    assert (await vps.status("wa_elsewhere")).state is ObservedState.DISCONNECTED
    assert (await vps.send(replace(MESSAGE, gateway_session_id="wa_elsewhere"))).kind is OutcomeKind.SESSION_DOWN


async def test_a_hanging_status_can_t_be_told(sim: Simulator, vps: Gateway) -> None:
    sim.world.change("wa_1", hang_status_s=60)

    seen = await vps.status("wa_1")

    assert seen == Observation(ObservedState.CANNOT_TELL, "can't reach the gateway: no answer within 0.5 s")


@pytest.mark.parametrize("style", ["x-api-key", "bearer", "authorization", "apikey"])
async def test_each_way_of_sending_the_key_is_understood(sim: Simulator, style: str) -> None:
    sim.world.change_settings(auth_style=style)
    right = _gateway(gateway_config(sim.url, auth_style=style))
    wrong = _gateway(replace(gateway_config(sim.url, auth_style=style), api_key="wrong-key-1"))

    assert (await right.status("wa_1")).state is ObservedState.CONNECTED
    assert (await wrong.status("wa_1")).state is ObservedState.CANNOT_TELL
    assert (await wrong.send(MESSAGE)).kind is OutcomeKind.CONFIG_ERROR
    assert sim.ledger.post_count == 0
    await right.close()
    await wrong.close()


async def test_a_sent_message_was_delivered_once_as_it_was_written(sim: Simulator, vps: Gateway) -> None:
    group = replace(MESSAGE, recipient="120363@g.us", media_url="http://files.example/a.pdf", media_type="document")

    outcome = await vps.send(group)

    (post,), (delivery,) = sim.ledger.posts, sim.ledger.deliveries
    assert (outcome.kind, outcome.gateway_message_id) == (OutcomeKind.SENT, delivery.message_id)
    assert (delivery.session_id, delivery.recipient, delivery.text) == ("wa_1", "120363@g.us", MESSAGE.text)
    assert (post.media_url, post.media_type) == ("http://files.example/a.pdf", "document")


async def test_an_accepted_message_is_not_sent_yet(sim: Simulator, vps: Gateway) -> None:
    sim.world.change("wa_1", mode="accepted", callback_delay_ms=60_000)

    outcome = await vps.send(MESSAGE)

    assert outcome.kind is OutcomeKind.ACCEPTED
    assert sim.ledger.deliveries == []


async def test_a_session_that_says_connected_and_is_dead_says_so_on_a_send(sim: Simulator, vps: Gateway) -> None:
    sim.world.change("wa_1", lie=True)

    outcome = await vps.send(MESSAGE)

    assert (await vps.status("wa_1")).state is ObservedState.CONNECTED
    assert outcome.kind is OutcomeKind.SESSION_DOWN
    assert outcome.gateway_words == "Session wa_1 is not connected"
    assert outcome.http_status == 503


async def test_a_time_out_after_the_delivery_is_a_doubt_that_the_look_up_settles(sim: Simulator, vps: Gateway) -> None:
    sim.world.change("wa_1", hang_send_s=60, hang_send="after_delivery")
    before = datetime.now(UTC) - timedelta(milliseconds=1)

    outcome = await vps.send(MESSAGE)
    found = await vps.lookup(MESSAGE)

    (delivery,) = sim.ledger.deliveries
    assert outcome.kind is OutcomeKind.UNCONFIRMED
    assert (found.verdict, found.confirmed) == (LookupVerdict.FOUND, True)
    assert found.gateway_message_id == delivery.message_id
    assert found.sent_at is not None
    assert before - timedelta(seconds=1) < found.sent_at <= datetime.now(UTC)


@pytest.mark.parametrize(("reset", "deliveries"), [("before_delivery", 0), ("after_delivery", 1)])
async def test_a_reset_is_a_doubt_whether_or_not_the_message_left(
    sim: Simulator, vps: Gateway, reset: str, deliveries: int
) -> None:
    sim.world.change("wa_1", reset=reset)

    outcome = await vps.send(MESSAGE)

    assert outcome.kind is OutcomeKind.UNCONFIRMED
    assert (sim.ledger.post_count, sim.ledger.delivery_count) == (1, deliveries)


async def test_a_look_up_whose_gateway_has_a_wrong_clock_is_corrected(sim: Simulator, vps: Gateway) -> None:
    sim.world.change_settings(clock_skew_s=19_800)
    await vps.send(MESSAGE)

    found = await vps.lookup(MESSAGE)

    assert found.sent_at is not None
    assert abs(found.sent_at - datetime.now(UTC)) < timedelta(seconds=10)


async def test_a_gateway_that_restarted_knows_nothing_and_one_without_look_ups_says_nothing(
    sim: Simulator, vps: Gateway
) -> None:
    await vps.send(MESSAGE)
    sim.world.restart()
    assert await vps.lookup(MESSAGE) == LookupResult(LookupVerdict.ABSENT)

    sim.world.change("wa_1", lookup="off")
    assert (await vps.lookup(MESSAGE)).verdict is LookupVerdict.CANNOT_TELL


@pytest.mark.parametrize("field", ["qr", "qrCode", "qrcode"])
async def test_connecting_shows_a_qr_code_and_scanning_it_connects(sim: Simulator, vps: Gateway, field: str) -> None:
    sim.world.change_settings(qr_field=field)
    sim.world.drop("wa_1")

    assert (await vps.restart("wa_1")).ok
    seen = await vps.qr("wa_1")
    assert seen.state is ObservedState.QR_WANTED
    assert seen.qr is not None
    assert seen.qr.startswith("data:image/png;base64,")

    sim.world.scan("wa_1", "919812345679")
    assert await vps.qr("wa_1") == Observation(ObservedState.CONNECTED, phone_number="919812345679")


async def test_disconnecting_logs_out_and_an_unknown_session_is_refused_in_words(vps: Gateway) -> None:
    assert (await vps.disconnect("wa_1")).ok
    assert (await vps.status("wa_1")).state is ObservedState.DISCONNECTED

    refused = await vps.disconnect("wa_elsewhere")
    assert (refused.ok, refused.detail) == (False, "HTTP 404: Session not found")


async def test_a_gateway_that_is_asked_to_slow_down_says_for_how_long(sim: Simulator, vps: Gateway) -> None:
    slow = ScriptedAnswer(status=429, body={"error": "Too many requests"}, headers={"Retry-After": "17"})
    sim.world.sessions["wa_1"].send_answer = slow

    outcome = await vps.send(MESSAGE)

    assert (outcome.kind, outcome.retry_after_s) == (OutcomeKind.TRANSIENT, 17.0)


async def test_no_more_sends_than_the_credits_reach_the_gateway_at_once(sim: Simulator) -> None:
    sim.world.change("wa_1", latency_ms=20)
    gateway = _gateway(gateway_config(sim.url, max_in_flight=5))

    outcomes = await asyncio.gather(*(gateway.send(replace(MESSAGE, recipient=f"91{i}")) for i in range(50)))

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.SENT}
    assert sim.world.most_sends_in_flight == 5
    await gateway.close()


async def test_waiting_for_a_free_connection_is_not_a_time_out(sim: Simulator) -> None:
    sim.world.change("wa_1", latency_ms=60)
    gateway = _gateway(
        gateway_config(sim.url, max_in_flight=1, status_max_in_flight=2, connect_timeout_s=0.2, status_timeout_s=0.2)
    )

    seen = await asyncio.gather(*(gateway.status("wa_1") for _ in range(40)))

    assert {observation.state for observation in seen} == {ObservedState.CONNECTED}
    await gateway.close()


async def test_a_hung_session_holds_up_no_other(sim: Simulator, vps: Gateway) -> None:
    sim.world.add("wa_hung", hang_status_s=60)
    hung = asyncio.create_task(vps.status("wa_hung"))

    assert (await vps.status("wa_1")).state is ObservedState.CONNECTED
    assert not hung.done()
    assert (await hung).state is ObservedState.CANNOT_TELL


async def test_a_gateway_out_of_memory_leaves_doubts_and_no_false_word(sim: Simulator) -> None:
    sim.world.change("wa_1", hang_send_s=0.1, hang_send="after_delivery")
    sim.world.change_settings(max_parallel_sends=10)
    gateway = _gateway(gateway_config(sim.url, max_in_flight=20))

    outcomes = await asyncio.gather(*(gateway.send(replace(MESSAGE, recipient=f"91{i}")) for i in range(20)))

    kinds = [outcome.kind for outcome in outcomes]
    assert sim.world.restarts >= 1
    assert set(kinds) <= {OutcomeKind.SENT, OutcomeKind.UNCONFIRMED}
    assert kinds.count(OutcomeKind.UNCONFIRMED) >= 11
    await gateway.close()


async def test_the_demo_shows_each_trouble(sim: Simulator, vps: Gateway) -> None:
    install_demo(sim.world)
    names = ("healthy", "second", "dead", "hanging", "qr", "lying", "connecting")

    seen = await asyncio.gather(*(vps.status(f"wa_demo_{name}") for name in names))
    lied = await vps.send(replace(MESSAGE, gateway_session_id="wa_demo_lying"))
    refused = await vps.send(replace(MESSAGE, gateway_session_id="wa_demo_healthy", recipient=NOT_ON_WHATSAPP))

    assert [observation.state.value for observation in seen] == [
        "connected",
        "connected",
        "disconnected",
        "cannot_tell",
        "qr_wanted",
        "connected",
        "connecting",
    ]
    assert lied.kind is OutcomeKind.SESSION_DOWN
    assert (refused.kind, refused.gateway_words) == (
        OutcomeKind.PERMANENT,
        "Number 919800000400 is not on WhatsApp",
    )
