"""What becomes of a send at every gateway: each answer, and each way to get none."""

import pytest
from structlog.testing import capture_logs

from simulator.frame.server import SimulatedGateway
from tests.integration.gateways.conformance.bench import Answered, Bench
from tests.integration.gateways.conformance.benches import EVERY_BENCH
from tests.integration.gateways.conformance.conftest import Inbox
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.protocol import NumberVerdict, ObservedState, OutcomeKind
from truesend.gateways.unknown_answers import UNKNOWN_ANSWERS

SUCCESSES = {OutcomeKind.SENT, OutcomeKind.ACCEPTED}

_ANSWERS = [pytest.param(each, row, id=f"{each.name} {row.name}") for each in EVERY_BENCH for row in each.send_answers]
_STATES_DOWN = [
    pytest.param(each, state, id=f"{each.name} {state}")
    for each in EVERY_BENCH
    for state, meant in each.states.items()
    if meant is not ObservedState.CONNECTED
]


async def test_a_message_to_a_person_leaves_once_as_it_was_written(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    outcome = await gateway.send(bench.message())

    (delivery,) = running.ledger.deliveries
    assert outcome.kind is bench.sends
    assert outcome.gateway_message_id == delivery.message_id
    assert (delivery.recipient, delivery.text) == (bench.number_chat, bench.message().text)


async def test_a_message_to_a_group_leaves_once(bench: Bench, running: SimulatedGateway, gateway: HttpGateway) -> None:
    outcome = await gateway.send(bench.message(recipient=bench.group_chat))

    (delivery,) = running.ledger.deliveries
    assert (outcome.kind, outcome.gateway_message_id) == (bench.sends, delivery.message_id)
    assert delivery.recipient == bench.group_chat


@pytest.mark.parametrize(
    "text", ["", "ä€😀 \u202e line\nbreak", "'; DROP TABLE --", "x" * 60_000, '"quoted" \\ {json}']
)
async def test_any_text_arrives_as_it_was_written(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, text: str
) -> None:
    outcome = await gateway.send(bench.message(text=text or "a"))

    assert outcome.kind is bench.sends
    assert running.ledger.deliveries[0].text == (text or "a")


@pytest.mark.parametrize("media_type", ["image", "video", "document", None])
async def test_each_kind_of_media_leaves_with_its_caption(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, inbox: Inbox, media_type: str | None
) -> None:
    url = inbox.url.replace("/v1/webhooks/default", "/media/plan.pdf")

    outcome = await gateway.send(bench.message(media_url=url, media_type=media_type))

    (post,), (delivery,) = running.ledger.posts, running.ledger.deliveries
    assert outcome.kind is bench.sends, outcome.gateway_words
    assert delivery.text == bench.message().text
    assert post.media_url == (url if gateway.capabilities.media_by_url else inbox.media_digest)


@pytest.mark.parametrize(("bench", "answered"), _ANSWERS, indirect=["bench"])
async def test_each_answer_to_a_send_means_what_its_row_says(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, answered: Answered
) -> None:
    running.memory.script("send", **answered.script())

    outcome = await gateway.send(bench.message())

    assert outcome.kind is answered.means, outcome.gateway_words
    assert outcome.http_status == answered.status
    if outcome.kind not in SUCCESSES:
        assert outcome.gateway_words
        assert bench.message().text[:20] not in outcome.gateway_words


@pytest.mark.parametrize(("bench", "state"), _STATES_DOWN, indirect=["bench"])
async def test_a_session_that_is_not_connected_sends_nothing(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, state: str
) -> None:
    bench.put_session(running, state=state)

    outcome = await gateway.send(bench.message())

    assert outcome.kind is OutcomeKind.SESSION_DOWN, outcome
    assert running.ledger.delivery_count == 0


async def test_a_session_that_the_gateway_does_not_know_sends_nothing(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    del running.memory.sessions[bench.session_id]

    assert (await gateway.send(bench.message())).kind is bench.unknown_session_send


async def test_a_session_that_is_lost_in_mid_send_never_looks_sent(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    bench.put_session(running, lost_in_send=True)

    outcome = await gateway.send(bench.message())

    assert outcome.kind in bench.lost_in_send
    assert running.ledger.delivery_count == 0


async def test_a_wrong_key_is_a_matter_of_settings(bench: Bench, running: SimulatedGateway) -> None:
    stranger = bench.gateway(running.url, api_key="another-key-1")

    outcome = await stranger.send(bench.message())
    await stranger.close()

    assert outcome.kind is OutcomeKind.CONFIG_ERROR
    assert running.ledger.delivery_count == 0
    assert "another-key-1" not in outcome.gateway_words


@pytest.mark.parametrize("moment", ["before_delivery", "after_delivery"])
@pytest.mark.parametrize("fault", ["hang", "reset", "restart"])
async def test_no_answer_to_a_send_is_a_doubt_whether_it_left_or_not(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway, fault: str, moment: str
) -> None:
    behaviour = {"reset": moment} if fault == "reset" else {"hang_send_s": 60, "hang_send": moment}
    bench.put_session(running, **behaviour)
    if fault == "restart":
        running.memory.change_settings(extra={**running.memory.settings.extra})

    outcome = await gateway.send(bench.message())

    assert outcome.kind is OutcomeKind.UNCONFIRMED
    assert running.ledger.delivery_count == (1 if moment == "after_delivery" else 0)
    assert running.ledger.post_count == 1


async def test_a_gateway_that_is_not_there_was_never_reached(bench: Bench, running: SimulatedGateway) -> None:
    nowhere = bench.gateway("http://127.0.0.1:9")

    outcome = await nowhere.send(bench.message())
    await nowhere.close()

    assert outcome.kind is OutcomeKind.NEVER_TRANSMITTED


async def test_an_answer_that_nobody_knows_is_a_doubt_counted_and_logged_once_per_shape(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    said = {"brand": {"new": [1]}, "token": "s3cret-token-value", "key": bench.key, "text": bench.message().text}
    running.memory.script("send", status=299, body=said)
    counter = UNKNOWN_ANSWERS.labels("default", "send")
    before = counter._value.get()

    with capture_logs() as logged:
        outcomes = [await gateway.send(bench.message()) for _ in range(3)]

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.UNCONFIRMED}
    assert counter._value.get() == before + 3
    (line,) = [each for each in logged if each["log_level"] == "warning"]
    assert "brand" in line["shape"]
    for secret in ("s3cret", bench.key, "Dear Asha"):
        assert secret not in str(line)


async def test_an_id_that_was_reserved_is_the_message_s_and_a_repeat_is_no_second_message(
    bench: Bench, running: SimulatedGateway, gateway: HttpGateway
) -> None:
    form = gateway.capabilities.caller_id
    if form is None:
        pytest.skip("caller_id is not declared")
    reserved = form.prefix + "A1" * (form.digits // 2)
    bench.put_session(running, hang_send_s=60, hang_send="after_delivery")
    first = await gateway.send(bench.message(reserved_id=reserved))
    bench.put_session(running, hang_send_s=0)

    second = await gateway.send(bench.message(reserved_id=reserved))

    assert (first.kind, second.kind) == (OutcomeKind.UNCONFIRMED, bench.sends)
    assert second.gateway_message_id == reserved
    assert [each.message_id for each in running.ledger.deliveries] == [reserved]


async def test_a_number_is_known_or_not(bench: Bench, running: SimulatedGateway, gateway: HttpGateway) -> None:
    if not gateway.capabilities.number_check:
        pytest.skip("number_check is not declared")
    running.memory.change_settings(not_on_whatsapp=["919800000400"])

    known = await gateway.check_number(bench.session_id, "919800000001")
    unknown = await gateway.check_number(bench.session_id, "919800000400")
    running.memory.script("check_number", status=200, body={"odd": True})
    odd = await gateway.check_number(bench.session_id, "919800000001")

    assert known.verdict is NumberVerdict.KNOWN
    assert unknown.verdict is NumberVerdict.UNKNOWN
    assert odd.verdict is NumberVerdict.CANNOT_TELL


async def test_a_number_is_checked_before_its_first_message_where_that_is_set(
    bench: Bench, running: SimulatedGateway
) -> None:
    gateway = bench.gateway(running.url, check_numbers=True)
    if not gateway.capabilities.number_check:
        pytest.skip("number_check is not declared")
    running.memory.change_settings(not_on_whatsapp=["919800000400"])

    refused = [(await gateway.send(bench.message(recipient="919800000400"))).kind for _ in range(2)]
    sent = [(await gateway.send(bench.message())).kind for _ in range(2)]
    to_group = await gateway.send(bench.message(recipient=bench.group_chat))
    await gateway.close()

    assert refused == [OutcomeKind.PERMANENT] * 2
    assert sent == [bench.sends] * 2
    assert to_group.kind is bench.sends
    assert running.memory.calls.count("check_number") == 2
    assert running.ledger.delivery_count == 3


async def test_a_number_that_can_t_be_checked_is_sent_to(bench: Bench, running: SimulatedGateway) -> None:
    gateway = bench.gateway(running.url, check_numbers=True)
    if not gateway.capabilities.number_check:
        pytest.skip("number_check is not declared")
    running.memory.script("check_number", status=500, body={"error": "out of order"})

    outcome = await gateway.send(bench.message())
    await gateway.close()

    assert outcome.kind is bench.sends
