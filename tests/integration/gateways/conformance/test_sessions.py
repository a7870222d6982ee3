"""What every gateway's sessions are seen as: each state, each odd answer, and no answer at all."""

import pytest

from simulator.frame.server import SimulatedGateway
from tests.integration.gateways.conformance.bench import Answered, Bench
from tests.integration.gateways.conformance.benches import EVERY_BENCH
from tests.integration.gateways.conformance.conftest import Inbox
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.protocol import ObservedState, WebhookKind

_STATES = [pytest.param(each, state, id=f"{each.name} {state}") for each in EVERY_BENCH for state in each.states]
_ANSWERS = [
    pytest.param(each, row, id=f"{each.name} {row.name}") for each in EVERY_BENCH for row in each.status_answers
]


@pytest.mark.parametrize(("bench", "state"), _STATES, indirect=["bench"])
async def test_each_state_is_seen_as_what_it_is(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, state: str
) -> None:
    bench.put_session(running, state=state)

    assert (await gateway.status(bench.session_id)).state is bench.states[state]


async def test_a_connected_session_has_its_number(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    seen = await gateway.status(bench.session_id)

    assert (seen.state, seen.phone_number) == (ObservedState.CONNECTED, bench.number)


@pytest.mark.parametrize(("bench", "answered"), _ANSWERS, indirect=["bench"])
async def test_each_answer_about_a_session_means_what_its_row_says(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, answered: Answered
) -> None:
    running.memory.script("status", **answered.script())

    assert (await gateway.status(bench.session_id)).state is answered.means


async def test_a_session_that_the_gateway_does_not_know(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    assert (await gateway.status("elsewhere")).state is bench.unknown_session


async def test_a_session_without_a_usable_id_is_not_asked_for(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    for odd in ("", ".", ".."):
        assert (await gateway.status(odd)).state is ObservedState.CANNOT_TELL

    assert running.memory.calls == []


@pytest.mark.parametrize("odd", ["a/b", "a?b=c#d", "ä ö", "%2e%2e", "'; --", "x" * 300])
async def test_an_odd_session_id_is_one_segment_of_the_path(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, odd: str
) -> None:
    assert (await gateway.status(odd)).state is bench.unknown_session


async def test_a_wrong_key_tells_nothing_of_a_session(bench: Bench, running: SimulatedGateway) -> None:
    stranger = bench.gateway(running.url, api_key="another-key-1")

    seen = await stranger.status(bench.session_id)
    await stranger.close()

    assert seen.state is ObservedState.CANNOT_TELL
    assert "another-key-1" not in seen.detail


async def test_a_gateway_that_hangs_tells_nothing(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    running.memory.hangs["status"] = 60

    assert (await gateway.status(bench.session_id)).state is ObservedState.CANNOT_TELL


async def test_a_gateway_that_restarts_tells_nothing_until_it_is_back(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    running.memory.restart(down_s=60)
    while_down = await gateway.status(bench.session_id)
    running.memory.restart()

    assert while_down.state is ObservedState.CANNOT_TELL
    assert (await gateway.status(bench.session_id)).state is ObservedState.CONNECTED


async def test_a_list_says_of_each_session_what_it_says_alone(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    if not gateway.capabilities.bulk_status:
        pytest.skip("bulk_status is not declared")
    names = {f"{bench.session_id}-{number}": state for number, state in enumerate(bench.states)}
    for name, state in names.items():
        running.memory.put(name, state=state)
    running.memory.calls.clear()

    seen = await gateway.statuses([*names, "elsewhere"])

    assert running.memory.calls == ["list"]
    assert {name: seen[name].state for name in names} == {name: bench.states[state] for name, state in names.items()}
    assert "elsewhere" not in seen


async def test_a_list_that_fails_tells_nothing_of_any_session(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    if not gateway.capabilities.bulk_status:
        pytest.skip("bulk_status is not declared")
    wanted = [bench.session_id, "another"]

    for answer in ({"status": 500, "body": {}}, {"status": 404, "body": {}}, {"status": 200, "body": {"odd": 1}}):
        running.memory.script("list", **answer)
        seen = await gateway.statuses(wanted)
        assert {name: seen[name].state for name in wanted} == dict.fromkeys(wanted, ObservedState.CANNOT_TELL)
    running.memory.hangs["list"] = 60
    assert (await gateway.statuses(wanted))["another"].state is ObservedState.CANNOT_TELL


async def test_a_long_list_is_read_whole(bench: Bench, running: SimulatedGateway) -> None:
    # each of the sessions is told of by webhook meanwhile, from this same process
    gateway = bench.gateway(running.url, connect_timeout_s=10.0, status_timeout_s=10.0)
    if not gateway.capabilities.bulk_status:
        pytest.skip("bulk_status is not declared")
    names = [f"{bench.session_id}-{number}" for number in range(500)]
    for name in names:
        running.memory.put(name, state=running.kind.word("connected"))

    seen = await gateway.statuses(names)
    await gateway.close()

    assert {seen[name].state for name in names} == {ObservedState.CONNECTED}


async def test_a_qr_code_comes_with_the_state_that_wants_it(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    if not gateway.capabilities.qr:
        pytest.skip("qr is not declared")
    connected = await gateway.qr(bench.session_id)
    bench.put_session(running, state=running.kind.word("qr"), phone_number=None, is_paired=False)
    wanted = await gateway.qr(bench.session_id)

    assert (connected.state, connected.qr) == (ObservedState.CONNECTED, None)
    assert wanted.state is ObservedState.QR_WANTED
    assert wanted.qr is not None
    assert wanted.qr.startswith(("data:image/png;base64,", "2@"))


async def test_a_pairing_code_is_given_where_one_is_wanted(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    if not gateway.capabilities.pairing_code:
        pytest.skip("pairing_code is not declared")
    bench.put_session(running, state=running.kind.word("qr"), phone_number=None, is_paired=False)

    seen = await gateway.pairing_code(bench.session_id, "919812345678")

    assert seen.pairing_code is not None
    assert 8 <= len(seen.pairing_code) <= 9


async def test_a_restart_brings_a_paired_session_back(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    bench.put_session(running, state=running.kind.word("disconnected"))

    result = await gateway.restart(bench.session_id)

    assert result.ok, result.detail
    assert (await gateway.status(bench.session_id)).state in {ObservedState.CONNECTED, ObservedState.CONNECTING}


async def test_a_disconnected_session_has_lost_its_pairing(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    result = await gateway.disconnect(bench.session_id)

    assert result.ok, result.detail
    assert not running.memory.sessions[bench.session_id].is_paired
    assert (await gateway.status(bench.session_id)).state in {ObservedState.DISCONNECTED, ObservedState.QR_WANTED}


async def test_an_order_that_is_refused_says_why(bench: Bench, running: SimulatedGateway, gateway: HttpGateway) -> None:
    for call in ("restart", "disconnect"):
        running.memory.script(call, status=500, body={"error": "out of order", "message": "out of order"})
    running.memory.script("connect", status=500, body={"error": "out of order", "message": "out of order"})

    for result in (await gateway.restart(bench.session_id), await gateway.disconnect(bench.session_id)):
        assert not result.ok
        assert "out of order" in result.detail


async def test_a_webhook_tells_of_each_state(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox
) -> None:
    if not gateway.capabilities.session_webhooks:
        pytest.skip("session_webhooks is not declared")
    for name in ("disconnected", "connecting", "qr", "connected"):
        bench.put_session(running, state=running.kind.word(name))
        await running.kind.settled()
    events = inbox.events(gateway)

    assert {event.kind for event in events} == {WebhookKind.STATUS}
    assert {event.gateway_session_id for event in events} == {bench.session_id}
    told = [event.observation.state for event in events if event.observation is not None]
    assert told == [
        ObservedState.DISCONNECTED,
        ObservedState.CONNECTING,
        ObservedState.QR_WANTED,
        ObservedState.CONNECTED,
    ]
