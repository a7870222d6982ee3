"""Answers and webhooks that no gateway would give: nothing raises, and nothing becomes sent without its confirmation."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from tests.integration.gateways.conformance.bench import NUMBER, SECRET, Bench
from tests.integration.gateways.conformance.benches import EVERY_BENCH
from tests.integration.gateways.conformance.nonsense import Nonsense, dumped
from truesend.gateways.answers import Said
from truesend.gateways.http_answers import Answer, NoAnswer
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.protocol import ObservedState, OutcomeKind, ParsedWebhook, RefusedWebhook, WebhookKind

EXAMPLES: Final = 2_000
RUN: Final = 20
SUCCESSES: Final = {OutcomeKind.SENT, OutcomeKind.ACCEPTED}
LONGEST_CONVERSATION: Final = 20
SEEDS: Final = st.integers(0, 2**63)

T = TypeVar("T")


def fuzzed(check: Callable[[int], None]) -> Callable[[], None]:
    """``check`` with 2,000 seeds, in runs whose first seeds hypothesis chooses: choosing costs it more than a check does."""

    @settings(max_examples=EXAMPLES // RUN, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    @given(SEEDS)
    def checked(first: int) -> None:
        for seed in range(first, first + RUN):
            try:
                check(seed)
            except BaseException:
                note(f"seed={seed}")
                raise

    return checked


every_bench = pytest.mark.parametrize("bench", EVERY_BENCH, ids=[bench.name for bench in EVERY_BENCH])


class ScriptedHttp:
    """A gateway's connections without a network: each request is answered with the next answer, the last again and again."""

    password = ""

    def __init__(self) -> None:
        self.answers: list[Answer | NoAnswer] = []
        self.given: list[Answer | NoAnswer] = []

    def script(self, answers: list[Answer | NoAnswer]) -> None:
        self.answers, self.given = answers, []

    async def request(self, *_args: object, **_options: object) -> Answer | NoAnswer:
        assert len(self.given) < LONGEST_CONVERSATION, "a conversation without an end"
        self.given.append(self.answers[min(len(self.given), len(self.answers) - 1)])
        return self.given[-1]


def _driven(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    raise AssertionError("a conversation waited for something else than its gateway")


def _scripted(bench: Bench) -> tuple[HttpGateway, ScriptedHttp]:
    http = ScriptedHttp()
    config = bench.config("http://gateway.example")
    return HttpGateway(config, bench.dialect(config), http), http  # type: ignore[arg-type]


@every_bench
def test_no_answer_to_a_send_raises_or_becomes_a_success_without_what_its_row_names(bench: Bench) -> None:
    gateway, http = _scripted(bench)

    @fuzzed
    def check(seed: int) -> None:
        http.script(Nonsense(bench, seed).answers())
        outcome = _driven(gateway.send(bench.message()))
        if outcome.kind in SUCCESSES:
            said = [Said(answer) for answer in http.given if isinstance(answer, Answer)]
            assert any(bench.confirms(each) for each in said), outcome
            assert outcome.kind is OutcomeKind.ACCEPTED or gateway.capabilities.answer_confirms
        assert "\x00" not in outcome.gateway_words + (outcome.gateway_message_id or "")

    check()


@every_bench
def test_no_answer_about_a_session_raises_or_shows_one_connected_that_it_does_not_name_so(bench: Bench) -> None:
    gateway, http = _scripted(bench)

    @fuzzed
    def check(seed: int) -> None:
        http.script(Nonsense(bench, seed).answers())
        seen = _driven(gateway.status(bench.session_id))
        if seen.state is ObservedState.CONNECTED:
            said = [Said(answer) for answer in http.given if isinstance(answer, Answer)]
            assert any(each.is_ok for each in said), seen
        assert "\x00" not in seen.detail

    check()


_CALLS: Mapping[str, Callable[[HttpGateway, Bench], Coroutine[Any, Any, object]]] = {
    "statuses": lambda gateway, bench: gateway.statuses([bench.session_id, "another"]),
    "lookup": lambda gateway, bench: gateway.lookup(bench.message()),
    "restart": lambda gateway, bench: gateway.restart(bench.session_id),
    "disconnect": lambda gateway, bench: gateway.disconnect(bench.session_id),
    "qr": lambda gateway, bench: gateway.qr(bench.session_id),
    "pairing_code": lambda gateway, bench: gateway.pairing_code(bench.session_id, NUMBER),
    "check_number": lambda gateway, bench: gateway.check_number(bench.session_id, NUMBER),
    "register_webhook": lambda gateway, bench: gateway.register_webhook(bench.session_id, "http://us.example"),
    "health": lambda gateway, _bench: gateway.health(),
}


@every_bench
@pytest.mark.parametrize("call", _CALLS)
def test_no_answer_to_another_call_raises(bench: Bench, call: str) -> None:
    gateway, http = _scripted(bench)

    @fuzzed
    def check(seed: int) -> None:
        http.script(Nonsense(bench, seed).answers())
        _driven(_CALLS[call](gateway, bench))

    check()


@every_bench
def test_no_webhook_raises_or_yields_what_postgres_refuses(bench: Bench) -> None:
    gateway, _ = _scripted(bench)
    simulated, recorded = bench.simulated, bench.webhooks

    @fuzzed
    def check(seed: int) -> None:
        nonsense = Nonsense(bench, seed)
        fields = nonsense.bent(recorded[seed % len(recorded)]) if seed % 3 and recorded else nonsense.fields()
        body = simulated.wrap_hook(dumped(fields), SECRET)
        headers = {name.lower(): value for name, value in simulated.signed(body, SECRET).items()}
        parsed = gateway.parse_webhook(headers, body)
        assert isinstance(parsed, ParsedWebhook) or parsed == RefusedWebhook(parsed.reason)
        for event in parsed.events if isinstance(parsed, ParsedWebhook) else ():
            texts = [
                event.gateway_session_id,
                event.gateway_message_id or "",
                event.recipient or "",
                event.reader or "",
            ]
            assert not any("\x00" in text or "\ud800" in text for text in texts)
            assert event.kind is WebhookKind.STATUS or event.gateway_message_id or event.recipient

    check()
