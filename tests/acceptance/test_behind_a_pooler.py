"""A whole Truesend behind a PgBouncer that lends each connection for one transaction."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest

from tests.acceptance.conftest import Town
from tests.harness.pgbouncer import PgBouncer
from tests.harness.roles import SERVICES

SESSIONS = 10
MESSAGES = 300
LEASE_S = 4.0


@pytest.fixture
def pooler(town: Town) -> Iterator[PgBouncer]:
    """One with four connections to the database for each service, of which all its processes make do."""
    pooler = PgBouncer(*town.database_urls.values(), pool_size=4)
    pooler.start()
    town.database_urls = {service: pooler.url(town.database_urls[service]) for service in SERVICES}
    town.environment |= {
        "DATABASE_POOL_MODE": "transaction",
        "LEASE_S": str(LEASE_S),
        "LOOKUP_ABSENCE": "resend",
        "KAFKA_SESSION_TIMEOUT_MS": "3000",
    }
    yield pooler
    pooler.close()


async def test_all_is_verified_and_sent_once_though_a_sender_dies_midway(town: Town, pooler: PgBouncer) -> None:
    sessions = [await town.session(f"wa_{number}") for number in range(SESSIONS)]
    gone = await town.session("wa_gone")
    town.gateway.world.drop("wa_gone", "Connection Closed")
    api, _verifier, doomed, _heir = await asyncio.gather(
        town.start("api"), town.start("verifier"), town.start("sender"), town.start("sender")
    )
    await town.post(api, "/v1/sessions/verify")
    await town.session_becomes(gone, "disconnected")

    async def add(number: int) -> UUID:
        return await town.message(sessions[number % SESSIONS], recipient=f"9198{number:08}")

    await asyncio.gather(*(add(number) for number in range(MESSAGES // 2)))
    doomed.kill()
    await asyncio.gather(*(add(number) for number in range(MESSAGES // 2, MESSAGES)))
    await town.all_are("sent", MESSAGES, 60)

    assert not town.gateway.ledger.duplicates()
    assert town.gateway.ledger.delivery_count == MESSAGES
    status, listed = await town.get(api, "/v1/sessions")
    assert status == 200
    assert {item["status"] for item in listed["items"] if item["id"] != str(gone)} == {"connected"}
