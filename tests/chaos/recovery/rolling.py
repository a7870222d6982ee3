"""A rolling restart of every process while a CRM works: nobody sees an error, and nobody waits for long."""

import asyncio
from statistics import median

from tests.acceptance.conftest import Infrastructure, Town
from tests.bench.figures import Figure, Goal, percentile
from tests.chaos.recovery.load import Seen, load_on
from tests.harness.services import ServiceProcess
from tests.harness.waiting import until

CLIENTS = 8
SESSIONS = 20
ROUNDS = 3
GOAL_P99_S = 1.0
_PROCESSES = ("api", "api", "verifier", "verifier", "sender", "sender")


async def rolling_restart(infrastructure: Infrastructure) -> Figure:
    """Two of each service; one process after the other ends by SIGTERM and is started again, several rounds."""
    town = infrastructure.town
    services = [await town.start(name) for name in _PROCESSES]
    sessions = [await town.session(f"wa_rolling_{number}") for number in range(SESSIONS)]
    urls = [service.url for service in services if service.name == "api"]
    async with load_on(urls, sessions, clients=CLIENTS) as seen:
        for _ in range(ROUNDS):
            for service in services:
                await restart(service)
    await all_sent(town, seen)
    for service in services:
        await asyncio.to_thread(service.terminate)
    p99_s = percentile(seen.took_s, 99)
    errors = sum(seen.errors.values())
    return Figure(
        "rolling restart under load",
        f"{errors} errors in {len(seen.took_s):,} requests, p99 {p99_s * 1000:.0f} ms",
        Goal(f"0 errors, p99 < {GOAL_P99_S:g} s", errors == 0 and p99_s < GOAL_P99_S),
        (
            f"{ROUNDS} rounds over {len(_PROCESSES)} processes, {CLIENTS} clients; p50 {median(seen.took_s) * 1000:.0f} ms, "
            f"longest {max(seen.took_s) * 1000:.0f} ms; {seen.retried_connects} connects were made again",
            f"{len(seen.accepted):,} messages were accepted, every one was sent, none twice",
            *(f"{number} times {error}" for error, number in seen.errors.items()),
        ),
    )


async def restart(service: ServiceProcess) -> None:
    """As an orchestrator does it: SIGTERM, its end, a new one, ready."""
    exit_code = await asyncio.to_thread(service.terminate)
    assert exit_code == 0, f"{service.name} ended with {exit_code}\n{service.log_tail()}"
    await service.start(within_s=60)


async def all_sent(town: Town, seen: Seen, within_s: float = 60) -> None:
    """Every message that was accepted is sent, and was delivered once."""
    async with town.database() as connection:

        async def none_left() -> bool:
            left = await connection.fetchval(
                "SELECT count(*) FROM scheduled_whatsapp_messages WHERE id = ANY($1) AND status <> 'sent'",
                seen.accepted,
            )
            return int(left) == 0

        await until(none_left, within_s, "every accepted message is sent")
    duplicates = town.gateway.ledger.duplicates()
    assert not duplicates, f"delivered more than once: {duplicates}"
