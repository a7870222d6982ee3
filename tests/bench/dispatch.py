"""`dispatch`: due rows to sent rows and facts on Kafka, by one sender, beside a bare loop that POSTs the same bodies."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from uuid import uuid4

from tests.bench.bare import BareResult, bare_loop
from tests.bench.figures import Cost, Figure, at_least, typical_costs
from tests.bench.kafka_facts import FactCounter, counting
from tests.bench.lean_gateway import RunningGateway, lean_gateway
from tests.bench.messages import Message, insert_sessions, messages, schedule
from tests.bench.meter import Meter, Metered, others_line
from tests.bench.stack import Servers, Stack, stack
from tests.harness.services import ServiceProcess
from truesend.contracts.topics import MESSAGE_EVENTS

GOAL = 1.35
IN_FLIGHT = 64
SESSIONS = 100
ORGANIZATIONS = 2
MESSAGES, QUICK_MESSAGES = 6000, 1500
REPETITIONS, QUICK_REPETITIONS = 5, 2
WARM_UP = 400
_WITHIN_S = 120


@dataclass(frozen=True, slots=True)
class Repetition:
    """One run of ours and of the bare loop, on asyncio's own event loop and on uvloop, of as many messages each."""

    messages: int
    elapsed_s: float
    bare: BareResult
    bare_on_uvloop: BareResult
    metered: Metered

    @property
    def rate(self) -> float:
        """Ours, in messages per second."""
        return self.messages / self.elapsed_s

    @property
    def bare_rate(self) -> float:
        """The bare loop's, in messages per second."""
        return self.messages / self.bare.elapsed_s

    @property
    def ratio(self) -> float:
        """Ours ÷ the bare loop's."""
        return self.bare.elapsed_s / self.elapsed_s

    @property
    def ratio_to_uvloop(self) -> float:
        """Ours ÷ the bare loop's, had it the event loop that ours has."""
        return self.bare_on_uvloop.elapsed_s / self.elapsed_s


async def dispatch(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    count, repetitions = (QUICK_MESSAGES, QUICK_REPETITIONS) if quick else (MESSAGES, REPETITIONS)
    return _figure(await deliveries(servers, count, repetitions))


async def deliveries(servers: Servers, count: int, repetitions: int) -> list[Repetition]:
    """Deliver so many messages so many times, by one sender that is warm, each time beside bare loops."""
    with lean_gateway() as gateway:
        async with stack(servers, gateway_url=gateway.url, gateway_max_in_flight=IN_FLIGHT) as play:
            topic = f"{play.settings.truesend_topic_prefix}{MESSAGE_EVENTS.name}"
            async with counting(servers.kafka.bootstrap_servers, topic, "message.sent") as facts:
                return await _measure(play, facts, gateway, count, repetitions)


async def _measure(
    play: Stack, facts: FactCounter, gateway: RunningGateway, count: int, repetitions: int
) -> list[Repetition]:
    sessions = await insert_sessions(play, SESSIONS, organizations=[uuid4() for _ in range(ORGANIZATIONS)])
    sender = await play.start("sender")
    await deliver(play, facts, messages(sessions, WARM_UP))
    return [await _repetition(play, facts, gateway, sender, messages(sessions, count)) for _ in range(repetitions)]


async def _repetition(
    play: Stack, facts: FactCounter, gateway: RunningGateway, sender: ServiceProcess, due: Sequence[Message]
) -> Repetition:
    requests = [message.request() for message in due]
    bare = await bare_loop(gateway.url, IN_FLIGHT, requests, play.folder, loop="asyncio")
    meter = Meter({"sender": sender.pid, "gateway": gateway.pid})
    elapsed_s = await deliver(play, facts, due)
    metered = await meter.read()
    on_uvloop = await bare_loop(gateway.url, IN_FLIGHT, requests, play.folder, loop="uvloop")
    return Repetition(len(due), elapsed_s, bare, on_uvloop, metered)


async def deliver(play: Stack, facts: FactCounter, due: Sequence[Message]) -> float:
    """From the commit that makes the messages due to the last fact on Kafka, in seconds."""
    facts.expect(len(due))
    now = await play.connection.fetchval("SELECT now()")
    await schedule(play, [(message, now) for message in due], hint=True)
    started = perf_counter()
    elapsed_s = await facts.last(within_s=_WITHIN_S) - started
    unsent = await play.connection.fetchval("SELECT count(*) FROM scheduled_whatsapp_messages WHERE status <> 'sent'")
    assert unsent == 0, f"{unsent} messages are not sent"
    return elapsed_s


def _figure(found: Sequence[Repetition]) -> Figure:
    ratio = median(each.ratio for each in found)
    ours, bare = median(each.rate for each in found), median(each.bare_rate for each in found)
    loop = typical_costs([{"bare loop": Cost(each.bare.cpu_s, each.bare.peak_rss_mb)} for each in found])
    return Figure(
        "dispatch",
        f"{ours:,.0f} messages/s ÷ bare loop {bare:,.0f}/s = {ratio:.2f}",
        at_least(ratio, GOAL),
        (
            f"{len(found)} runs of {found[0].messages:,} messages over {SESSIONS} sessions, {IN_FLIGHT} in flight",
            "ratios " + " ".join(f"{each.ratio:.2f}" for each in found),
            "to the bare loop on uvloop: " + " ".join(f"{each.ratio_to_uvloop:.2f}" for each in found),
            f"{typical_costs([each.metered.costs for each in found])} · {loop}",
            others_line([each.metered for each in found]),
        ),
    )
