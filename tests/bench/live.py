"""`live`: 2,000 clients of one organisation on the live stream of one API process: until the last of them has a fact."""

import asyncio
from statistics import median
from time import time
from uuid import UUID, uuid4

import asyncpg
import orjson
import psutil

from tests.bench.figures import Figure, Goal, percentile
from tests.bench.live_clients import Seen, live_clients
from tests.bench.meter import Meter, others_line
from tests.bench.stack import Servers, Stack, stack
from tests.harness.services import ServiceProcess
from truesend.store.wakeups import RELAY_CHANNEL

GOAL_P99_MS = 500.0
GOAL_KB = 60.0
CLIENTS, QUICK_CLIENTS = 2_000, 400
FACTS, QUICK_FACTS = 100, 20
EVERY_S = 0.25
PROCESSES = 2
_NOWHERE = "http://127.0.0.1:9"
_WARM_UP = 4
_WITHIN_S = 30.0
_FACT = (
    "INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)"
    " VALUES ('session', $1, 'session.connected', $2::text::jsonb, $3)"
)


async def live(servers: Servers, *, quick: bool) -> Figure:
    """Measure it."""
    clients, facts = (QUICK_CLIENTS, QUICK_FACTS) if quick else (CLIENTS, FACTS)
    organization_id = uuid4()
    async with stack(servers, gateway_url=_NOWHERE) as play:
        services = {name: await play.start(name) for name in ("verifier", "api")}
        api = services["api"]
        await _warm_up(play, api, organization_id)
        before_kb = _kilobytes(api)
        async with live_clients(api.url, organization_id, clients=clients, processes=PROCESSES) as crowd:
            each_kb = (_kilobytes(api) - before_kb) / clients
            meter = Meter({name: service.pid for name, service in services.items()} | crowd.pids)
            committed_at = await _write(play, organization_id, facts)
            seen = await crowd.seen(list(committed_at), within_s=_WITHIN_S)
            metered = await meter.read()
            used_kb = (_kilobytes(api) - before_kb) / clients
    delays_ms = [1000 * (seen[fact].last_at - at) for fact, at in committed_at.items() if fact in seen]
    lost = sum(clients - seen.get(fact, Seen(0, 0.0)).clients for fact in committed_at)
    p99_ms = percentile(delays_ms, 99)
    return Figure(
        "live",
        f"p50 {median(delays_ms):.0f} ms, p99 {p99_ms:.0f} ms to the last of {clients:,} clients, {lost} lost;"
        f" {max(each_kb, used_kb):.0f} KB for each",
        Goal(
            f"p99 ≤ {GOAL_P99_MS:g} ms, none lost, ≤ {GOAL_KB:g} KB",
            p99_ms <= GOAL_P99_MS and not lost and max(each_kb, used_kb) <= GOAL_KB,
        ),
        (
            f"{facts} facts of one organisation, {1 / EVERY_S:g} a second, from the commit; memory of the API by its growth,"
            f" {each_kb:.0f} KB connected, {used_kb:.0f} KB after the facts",
            " · ".join(f"{name} {cost}" for name, cost in metered.costs.items()),
            others_line([metered]),
        ),
    )


async def _warm_up(play: Stack, api: ServiceProcess, organization_id: UUID) -> None:
    async with live_clients(api.url, organization_id, clients=_WARM_UP, processes=1) as crowd:
        facts = await _write(play, organization_id, _WARM_UP)
        await crowd.seen(list(facts), within_s=_WITHIN_S)


async def _write(play: Stack, organization_id: UUID, count: int) -> dict[str, float]:
    """So many facts, with a rest after each. Returns when each was committed, by its session's id."""
    committed_at = {}
    for _ in range(count):
        session_id = uuid4()
        await _fact(play.connection, organization_id, session_id)
        committed_at[str(session_id)] = time()
        await asyncio.sleep(EVERY_S)
    return committed_at


async def _fact(connection: asyncpg.Connection, organization_id: UUID, session_id: UUID) -> None:
    body = {"id": str(session_id), "organization_id": str(organization_id), "status": "connected", "version": 1}
    async with connection.transaction():
        await connection.execute(_FACT, session_id, orjson.dumps(body).decode(), organization_id)
        await connection.execute("SELECT pg_notify($1, '')", RELAY_CHANNEL)


def _kilobytes(service: ServiceProcess) -> float:
    return float(psutil.Process(service.pid).memory_info().rss) / 1000
