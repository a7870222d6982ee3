"""One run: the world, its traffic and its faults, then calm, then the judge."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg

from tests.chaos.faults import FAULTS, KINDS, Skipped
from tests.chaos.findings import gather, settle_doubts, wait_for_quiet
from tests.chaos.judge import judge
from tests.chaos.report import Latency, Report
from tests.chaos.schedule import Planned, schedule
from tests.chaos.servers import Servers
from tests.chaos.traffic import Crm, wanted_messages
from tests.chaos.world import KEYS, World, world

Say = Callable[[str], None]

QUIET_WITHIN_S: Final = 60.0
_SETTLED_WITHIN_S: Final = 240.0
_WRITTEN_SHARE: Final = 0.85  # of the time of faults: the last of them find what is under way, and a queue behind it
_WRITTEN_WITHIN_S: Final = 30.0
_READY_WITHIN_S: Final = 45.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of, and with the same seed made of again."""

    seed: int
    faults_s: float
    messages: int
    sessions: int = 50
    every_s: float = 4.0
    quiet_within_s: float = QUIET_WITHIN_S

    def faults(self) -> list[Planned]:
        """Which fault begins when."""
        return schedule(self.seed, self.faults_s, KINDS, every_s=self.every_s)


@dataclass(slots=True)
class FaultLog:
    """What came of the faults that were planned."""

    done: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


async def run(plan: Plan, servers: Servers, folder: Path, say: Say) -> Report:
    """Play it, and judge it. ``say`` is told how it goes on."""
    async with world(servers, folder, sessions=plan.sessions) as town:
        say(f"{len(town.places)} sessions, {plan.messages} messages, seed {plan.seed}; logs in {folder}")
        log = FaultLog()
        wanted = wanted_messages(plan.seed, plan.messages, town.places, plan.faults_s * _WRITTEN_SHARE)
        crm = Crm(servers.database_url, town.api_url, KEYS, wanted)
        writing = asyncio.create_task(crm.write_all())
        await _break_things(town, plan.faults(), plan.faults_s, log, say)
        await town.calm()
        say("calm")
        await asyncio.wait_for(writing, _WRITTEN_WITHIN_S)
        quiet_after_s, unquiet = await wait_for_quiet(servers, plan.quiet_within_s)
        if quiet_after_s is None:  # the other promises are judged by what it settles to
            await wait_for_quiet(servers, _SETTLED_WITHIN_S)
        await town.crew.until_ready(within_s=_READY_WITHIN_S)
        askable = [name for name, gateway in town.gateways.items() if gateway.can_settle_doubts]
        await settle_doubts(servers, town.api_url, KEYS, askable)
        await wait_for_quiet(servers, _SETTLED_WITHIN_S)
        findings = await gather(
            servers,
            town.gateways,
            [each.token for each in wanted],
            quiet_after_s=quiet_after_s,
            unquiet=unquiet,
            complaints=[*town.crew.complaints, *log.broken],
        )
        return Report(
            seed=plan.seed,
            messages=plan.messages,
            sessions=len(town.places),
            faults_s=plan.faults_s,
            faults_done=dict(log.done),
            faults_aimed=dict(town.aimed),
            faults_skipped=dict(log.skipped),
            process_starts=town.crew.starts,
            quiet_after_s=quiet_after_s,
            latency=await _latency(servers),
            findings=findings,
            violations=judge(findings),
        )


async def _break_things(town: World, faults: Sequence[Planned], length_s: float, log: FaultLog, say: Say) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    under_way: set[asyncio.Task[None]] = set()
    for fault in faults:
        await asyncio.sleep(max(0.0, began + fault.at_s - loop.time()))
        say(f"{loop.time() - began:6.1f} s  {fault.kind}: {fault.target}, {fault.length_s:.1f} s")
        task = asyncio.create_task(_perform(town, fault, log))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.sleep(max(0.0, began + length_s - loop.time()))
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


async def _perform(town: World, fault: Planned, log: FaultLog) -> None:
    try:
        await FAULTS[fault.kind].perform(town, fault.target, fault.length_s)
        log.done[fault.kind] += 1
    except Skipped as why:
        log.skipped[f"{fault.kind}: {why}"] += 1
    except asyncio.CancelledError:
        log.done[fault.kind] += 1
        raise
    except Exception as error:
        log.broken.append(f"the fault {fault.kind} on {fault.target} failed: {error!r}")


async def _latency(servers: Servers) -> Latency:
    """From due to sent, of those that were sent."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        row = await connection.fetchrow(
            "SELECT percentile_cont(ARRAY[0.5, 0.9, 0.99, 1.0]) WITHIN GROUP"
            " (ORDER BY extract(epoch FROM sent_at - scheduled_for)::float8) AS seconds"
            " FROM scheduled_whatsapp_messages WHERE status = 'sent'"
        )
    finally:
        await connection.close()
    assert row is not None
    return Latency(*(row["seconds"] or (0.0, 0.0, 0.0, 0.0)))
