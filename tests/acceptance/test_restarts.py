"""Restarts that a CRM does not notice, and deaths that it notices for no longer than a lease."""

import asyncio

from tests.acceptance.conftest import Town
from tests.chaos.recovery.killed_sender import freeze_between_passes, held_by_the_dead
from tests.chaos.recovery.load import load_on
from tests.chaos.recovery.rolling import all_sent, restart
from tests.harness.waiting import until

LEASE_S = 4.0
KAFKA_SESSION_TIMEOUT_MS = 3_000
SLOW_MACHINE_S = 6.0


async def test_a_rolling_restart_under_load_fails_no_request_and_no_message(town: Town) -> None:
    first, second, sender = await asyncio.gather(town.start("api"), town.start("api"), town.start("sender"))
    sessions = [await town.session(f"wa_{number}") for number in range(4)]

    async with load_on([first.url, second.url], sessions, clients=4) as seen:
        for service in (first, second, sender):
            await restart(service)

    assert not seen.errors
    assert seen.retried_connects
    await all_sent(town, seen)


async def test_what_a_killed_sender_held_goes_on_within_its_lease(town: Town) -> None:
    settings = {"lease_s": LEASE_S, "kafka_session_timeout_ms": KAFKA_SESSION_TIMEOUT_MS}
    doomed = await town.start("sender", **settings)
    await town.start("sender", **settings)
    sessions = [await town.session(f"wa_{number}") for number in range(12)]
    await freeze_between_passes(town, doomed)
    messages = [await town.message(session_id) for session_id in sessions]

    async def some_stay() -> bool:
        counts = await town.counts()
        return "pending" not in counts and counts.get("sending", 0) > 0

    await until(some_stay, 20, "every message is claimed, and the frozen sender holds some")
    doomed.kill()

    async with town.database() as connection:
        await held_by_the_dead(connection, messages, within_s=LEASE_S + 1 + SLOW_MACHINE_S)
    assert await town.counts() == {"sent": 12}
    assert town.gateway.ledger.delivery_count == 12
