"""From a sender's kill -9 until everything that was in its hands goes on."""

import asyncio
from collections.abc import Sequence
from statistics import median
from time import monotonic
from uuid import UUID

import asyncpg

from tests.acceptance.conftest import Infrastructure, Town
from tests.bench.figures import Figure, at_most
from tests.harness.services import ServiceProcess
from tests.harness.waiting import until
from truesend.store.queries import load_queries

REPETITIONS = 5
SESSIONS = 16
LEASE_S = 6.0
KAFKA_SESSION_TIMEOUT_MS = 4_000
SLOW_MS = 1_500
LEASE_MARGIN_S = 1.0
LOOKS, LOOK_S = 20, 0.02
_HELD = (
    "SELECT count(*) FROM scheduled_whatsapp_messages WHERE id = ANY($1)"
    " AND status <> 'sent' AND unconfirmed_at IS NULL"
)


async def killed_sender(infrastructure: Infrastructure) -> Figure:
    """Two senders; the one that dies holds commands that it never read, and POSTs that it never heard the end of."""
    town = infrastructure.town
    tried = [await _never_started(town, number) for number in range(REPETITIONS)]
    waited = [took_s for took_s in tried if took_s is not None]
    assert waited, "the killed sender held nothing, each time"
    posted = [await _under_way(town, number) for number in range(REPETITIONS)]
    longest = max(*waited, *posted)
    return Figure(
        "sender killed → its messages go on",
        f"{median(waited):.2f} s those not started, {median(posted):.2f} s those under way, {longest:.2f} s at most",
        at_most(longest, LEASE_S + LEASE_MARGIN_S, " s"),
        (
            f"LEASE_S {LEASE_S:g}, KAFKA_SESSION_TIMEOUT_MS {KAFKA_SESSION_TIMEOUT_MS}; {SESSIONS} sessions each time",
            "not started: " + " ".join(f"{each:.2f}" for each in waited) + " s until sent",
            "under way: " + " ".join(f"{each:.2f}" for each in posted) + " s until sent, or looked up",
        ),
    )


async def senders(town: Town) -> tuple[ServiceProcess, ServiceProcess]:
    """Two, of which the first has its partitions."""
    settings = {"lease_s": LEASE_S, "kafka_session_timeout_ms": KAFKA_SESSION_TIMEOUT_MS}
    return await town.start("sender", **settings), await town.start("sender", **settings)


async def _never_started(town: Town, number: int) -> float | None:
    """None where the frozen one had no partition yet, so that the other sent everything."""
    doomed, other = await senders(town)
    sessions = [await town.session(f"wa_held_{number}_{n}") for n in range(SESSIONS)]
    await freeze_between_passes(town, doomed)
    messages = [await town.message(session_id) for session_id in sessions]
    await _claimed(town, messages)
    async with town.database() as connection:
        held = int(await connection.fetchval(_HELD, messages))
    took_s = await _killed(town, doomed, other, messages)
    return took_s if held else None


async def freeze_between_passes(town: Town, sender: ServiceProcess) -> None:
    """Freeze it where it keeps no other from dispatching: one that is frozen in a pass holds the lock until it dies."""
    try_lock = load_queries("sender")["try_dispatch_lock"]
    async with town.database() as connection:

        async def is_free() -> bool:
            sender.freeze()
            for _ in range(LOOKS):
                async with connection.transaction():
                    if await try_lock.fetchval(connection):
                        return True
                await asyncio.sleep(LOOK_S)
            sender.thaw()
            return False

        await until(is_free, 20, "the sender is frozen between two passes")


async def _under_way(town: Town, number: int) -> float:
    doomed, other = await senders(town)
    sessions = [await town.session(f"wa_posted_{number}_{n}", latency_ms=SLOW_MS) for n in range(SESSIONS)]
    posts = town.gateway.ledger.post_count
    messages = [await town.message(session_id) for session_id in sessions]

    async def all_posted() -> bool:
        return town.gateway.ledger.post_count >= posts + SESSIONS

    await until(all_posted, 30, "every message is under way")
    return await _killed(town, doomed, other, messages)


async def _killed(town: Town, doomed: ServiceProcess, other: ServiceProcess, messages: Sequence[UUID]) -> float:
    doomed.kill()
    killed_at = monotonic()
    async with town.database() as connection:
        await held_by_the_dead(connection, messages, within_s=60)
    took_s = monotonic() - killed_at
    await asyncio.to_thread(other.terminate)
    return took_s


async def held_by_the_dead(connection: asyncpg.Connection, messages: Sequence[UUID], *, within_s: float) -> None:
    """Wait until none of these is: each is sent, or is a doubt that is being looked up."""

    async def none_held() -> bool:
        return int(await connection.fetchval(_HELD, list(messages))) == 0

    await until(none_held, within_s, "no message is in the hands of the dead")


async def _claimed(town: Town, messages: Sequence[UUID]) -> None:
    async with town.database() as connection:

        async def all_claimed() -> bool:
            pending = await connection.fetchval(
                "SELECT count(*) FROM scheduled_whatsapp_messages WHERE id = ANY($1) AND status = 'pending'",
                list(messages),
            )
            return int(pending) == 0

        await until(all_claimed, 30, "every message is claimed")
