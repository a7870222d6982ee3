"""From the moment at which Kafka or Postgres answers again to the first send after it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median
from time import monotonic
from uuid import UUID

from tests.acceptance.conftest import Infrastructure, Town
from tests.bench.figures import Figure, at_most
from tests.harness.waiting import until

BROKER_GOAL_S = 5.0
POSTGRES_GOAL_S = 5.0
# so long that whoever waits has come to its longest pause
AWAY_S = 12.0
REPETITIONS = 5
SESSIONS = 8
_WITHIN_S = 60
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Outage:
    """How a server goes away and comes back; both return when it has."""

    name: str
    goal_s: float
    end: Callable[[], None]
    begin_again: Callable[[], None]
    writes_meanwhile: bool


async def broker_back(infrastructure: Infrastructure) -> Figure:
    """Kafka is killed, messages become due, and it is started again."""
    kafka = infrastructure.kafka
    return await _measure(infrastructure.town, Outage("broker", BROKER_GOAL_S, kafka.kill, kafka.start, True))


async def postgres_back(infrastructure: Infrastructure) -> Figure:
    """Postgres is killed with messages that are about to become due, and is started again."""
    postgres = infrastructure.postgres
    return await _measure(
        infrastructure.town, Outage("postgres", POSTGRES_GOAL_S, postgres.kill, postgres.start, False)
    )


async def _measure(town: Town, outage: Outage) -> Figure:
    services = [await town.start("sender"), await town.start("verifier")]
    sessions = [await town.session(f"wa_{outage.name}_{number}") for number in range(SESSIONS)]
    await town.becomes(await town.message(sessions[0]), "sent")
    first, all_sent = [], []
    for _ in range(REPETITIONS):
        due_in_s = 0.0 if outage.writes_meanwhile else AWAY_S / 2
        if not outage.writes_meanwhile:
            await _write(town, sessions, due_in_s)
            async with town.database() as connection:
                await connection.execute("CHECKPOINT")
        await asyncio.to_thread(outage.end)
        if outage.writes_meanwhile:
            await _write(town, sessions, due_in_s)
        known = town.gateway.ledger.delivery_count
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(outage.begin_again)
        back_at = monotonic()
        first.append(await _delivered(town, known + 1) - back_at)
        all_sent.append(await _delivered(town, known + SESSIONS) - back_at)
    for service in services:
        await asyncio.to_thread(service.terminate)
    typical = median(first)
    return Figure(
        f"{outage.name} back → first send",
        f"{typical:.2f} s",
        at_most(typical, outage.goal_s, " s"),
        (
            f"{REPETITIONS} times, after {AWAY_S:g} s without: " + " ".join(f"{each:.2f}" for each in first) + " s",
            f"all {SESSIONS} that were due: " + " ".join(f"{each:.2f}" for each in all_sent) + " s",
        ),
    )


async def _write(town: Town, sessions: Sequence[UUID], due_in_s: float) -> None:
    for session_id in sessions:
        await town.message(session_id, recipient=f"9197{next(_numbers):08}", due_in_s=due_in_s)


async def _delivered(town: Town, number: int) -> float:
    async def enough() -> bool:
        return town.gateway.ledger.delivery_count >= number

    await until(enough, _WITHIN_S, f"{number} messages are delivered")
    return monotonic()
