"""One soak: the stage, its load, samples of everything, and what the judge says."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from simulator.server import Simulator
from tests.bench.bare import API_KEY
from tests.bench.stack import Servers, Stack, stack
from tests.harness.background import in_background
from tests.harness.rows import insert_session
from tests.harness.services import ServiceProcess
from tests.soak.judge import Bound, Finding, judge
from tests.soak.load import CHURNING, Counts, Load, Place
from tests.soak.plan import Plan
from tests.soak.sampling import Sampler, Series

SERVICES: Final = ("api", "verifier", "sender")
SECRET: Final = "the secret of the soak's webhooks"
LATENCY_MS: Final = 30.0
QUIET_WITHIN_S: Final = 60.0
_LEFT: Final = """
SELECT count(*) FROM scheduled_whatsapp_messages WHERE status IN ('pending', 'sending') AND unconfirmed_at IS NULL
"""
_ENDS: Final = "SELECT status, count(*) AS number FROM scheduled_whatsapp_messages GROUP BY status"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it. ``complaints`` are what should never happen, however steady everything is."""

    counts: Counts
    series: Series
    vacuums: Mapping[str, int]
    findings: list[Finding]
    complaints: list[str]

    @property
    def passed(self) -> bool:
        """Whether nothing grows and nothing went wrong."""
        return not self.complaints and not any(finding.grows for finding in self.findings)

    def lines(self) -> list[str]:
        """For people: what grows first."""
        counts = self.counts
        done = (
            f"{counts.written:,} messages written, {counts.forgotten:,} forgotten, {counts.drops} sessions dropped,"
            f" {counts.verifications} verifications asked for, {counts.facts_seen:,} facts seen by pages"
        )
        vacuums = ", ".join(f"{name} {number}" for name, number in sorted(self.vacuums.items()) if number)
        found = sorted(self.findings, key=lambda each: (not each.grows, each.name))
        shown = [finding for finding in found if finding.grows or finding.level]
        return [
            done,
            f"vacuumed by itself: {vacuums or 'nothing'}",
            *(finding.line() for finding in shown),
            f"steady {len(found) - len(shown)} more series at nothing",
            *(f"WRONG  {complaint}" for complaint in self.complaints),
            "nothing grows" if self.passed else "NOT PASSED",
        ]

    def as_json(self) -> dict[str, Any]:
        """The whole, with every sample."""
        return {"passed": self.passed, "lines": self.lines(), "vacuums": dict(self.vacuums), "series": self.series}


async def soak(plan: Plan, servers: Servers, bounds: Mapping[str, Bound], say: Callable[[str], None]) -> Report:
    """Play it. ``say`` hears how it goes, a line a minute."""
    async with AsyncExitStack() as closing:
        gateway = await closing.enter_async_context(Simulator.running(api_key=API_KEY))
        gateway.world.change_settings(latency_ms=LATENCY_MS)
        stage = await closing.enter_async_context(
            stack(
                servers,
                gateway_url=gateway.url,
                webhook_secret=SECRET,
                gateway_max_in_flight=64,
                event_retention_s=plan.kept_s,
                message_text_retention_s=plan.kept_s,
                verify_sweep_s=10,
                backoff_base_s=1,
            )
        )
        organization_id = uuid4()
        places = [await _place(stage, gateway, organization_id, number) for number in range(plan.sessions)]
        services = {name: await stage.start(name) for name in SERVICES}
        gateway.world.change_settings(webhook_url=f"{services['api'].url}/v1/webhooks/default", webhook_secret=SECRET)
        settings = stage.settings
        load = Load(
            plan,
            places,
            gateway,
            database_url=settings.database_url.get_secret_value(),
            api_url=services["api"].url,
            organization_id=organization_id,
        )
        sampler = Sampler(
            stage.connection,
            settings.kafka_bootstrap_servers,
            settings.truesend_topic_prefix,
            {name: service.pid for name, service in services.items()},
            [place.id for place in places if not place.churns],
            plan.sample_every_s,
        )
        say(
            f"{plan.seconds / 60:.1f} min at {plan.rate:g}/s over {plan.sessions} sessions; kept for {plan.kept_s:.0f} s"
        )
        async with in_background(sampler.run()), in_background(_tell(sampler, load, say)):
            await load.run()
        complaints = [*load.counts.complaints, *_ended(services), *await _unsent(stage)]
        return Report(load.counts, sampler.series, sampler.vacuums, judge(sampler.series, bounds), complaints)


async def _place(stage: Stack, gateway: Simulator, organization_id: Any, number: int) -> Place:
    """Every third session accepts and calls back, every fourth has receipts."""
    name = f"wa_soak_{number}"
    behaviour: dict[str, Any] = {}
    if number % 3 == 0:
        behaviour |= {"mode": "accepted", "callback_delay_ms": 100.0}
    if number % 4 == 0:
        behaviour |= {"receipts": ["delivered", "read"], "receipt_delay_ms": 200.0}
    gateway.world.add(name, phone_number=f"9170000{number:05}", **behaviour)
    session_id = await insert_session(stage.connection, organization_id=organization_id, vps_session_id=name)
    return Place(session_id, name, churns=number % CHURNING == 0)


async def _tell(sampler: Sampler, load: Load, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(60.0)
        last = {name: points[-1][1] for name, points in sampler.series.items()}
        memory = ", ".join(f"{name} {last.get(f'memory MB: {name}', 0):.0f}" for name in SERVICES)
        waits = f"{last.get('waiting: messages due for 10 s', 0):.0f} late"
        say(
            f"{load.counts.written:8,} written, {waits}, p50 {last.get('p50 ms', 0):.0f} ms,"
            f" p99 {last.get('p99 ms', 0):.0f} ms; MB: {memory}"
        )


def _ended(services: Mapping[str, ServiceProcess]) -> list[str]:
    return [f"{name} ended\n{service.log_tail()}" for name, service in services.items() if not service.is_running()]


async def _unsent(stage: Stack) -> list[str]:
    """After the load everything comes to its end, and every end is `sent`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + QUIET_WITHIN_S
    while (left := await stage.connection.fetchval(_LEFT)) and loop.time() < until:  # noqa: ASYNC110 - it is in the database
        await asyncio.sleep(0.2)
    ends = {row["status"]: row["number"] for row in await stage.connection.fetch(_ENDS)}
    wrong = {status: number for status, number in ends.items() if status != "sent"}
    said = [f"{left} messages came to no end within {QUIET_WITHIN_S:g} s"] if left else []
    return said + ([f"not all were sent: {ends}"] if wrong and not left else [])
