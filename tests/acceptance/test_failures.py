"""No lost work: killing anything at any moment loses no message and sends none twice."""

import asyncio

import pytest

from tests.acceptance.conftest import Infrastructure, Town
from tests.harness.waiting import until

pytestmark = pytest.mark.timeout(300)


async def test_a_sender_killed_in_a_post_loses_nothing_and_sends_nothing_twice(town: Town) -> None:
    hung = await town.message(await town.session("wa_a", hang_send_s=60, hang_send="after_delivery"))
    doomed = await town.start("sender", lease_s=2)

    async def posted() -> bool:
        return town.gateway.ledger.delivery_count == 1

    await until(posted, 20, "the POST is under way")
    doomed.kill()
    behind = await town.message(await town.session("wa_b"))
    await town.start("sender", lease_s=2)

    row = await town.becomes(hung, "sent")
    await town.becomes(behind, "sent")

    assert row["gateway_message_id"] == next(
        d.message_id for d in town.gateway.ledger.deliveries if d.session_id == "wa_a"
    )
    assert town.gateway.ledger.delivery_count == 2


async def test_a_frozen_senders_late_success_is_evidence_and_its_late_failure_is_not(town: Town) -> None:
    slow = await town.session("wa_a", hang_send_s=4, hang_send="after_delivery", lookup="off")
    message_id = await town.message(slow)
    await town.start("sender", lease_s=1)
    await town.start("sender", lease_s=1)

    async def doubted() -> bool:
        row = await town.row(message_id)
        return row["unconfirmed_at"] is not None

    await until(doubted, 20, "the lease has run out")
    row = await town.becomes(message_id, "sent")

    assert row["retry_count"] == 0
    assert town.gateway.ledger.post_count == 1


async def test_sigterm_ends_a_sender_within_ten_seconds_and_leaves_no_doubt_that_need_not_be(town: Town) -> None:
    for n in range(6):
        session_id = await town.session(f"wa_{n}", latency_ms=300)
        for m in range(5):
            await town.message(session_id, recipient=f"9198{n:03}{m:05}")
    sender = await town.start("sender", gateway_max_in_flight=4)

    async def some() -> bool:
        return town.gateway.ledger.delivery_count >= 3

    await until(some, 20, "some are sent")
    loop = asyncio.get_running_loop()
    began = loop.time()
    exit_code = await asyncio.to_thread(sender.terminate, grace_s=12)
    took_s = loop.time() - began

    counts = await town.counts()
    assert exit_code == 0
    assert took_s < 10
    assert counts.get("unconfirmed", 0) == 0
    assert counts.get("sending", 0) == 0
    assert counts["sent"] == town.gateway.ledger.delivery_count

    await town.start("sender")
    await town.all_are("sent", 30, within_s=30)
    assert town.gateway.ledger.delivery_count == 30


async def test_kafka_restarted_in_the_middle_loses_nothing(private_town: Infrastructure) -> None:
    town = private_town.town
    for n in range(5):
        session_id = await town.session(f"wa_{n}", latency_ms=20)
        for m in range(40):
            await town.message(session_id, recipient=f"9198{n:03}{m:05}", due_in_s=-100 + m)
    await town.start("sender", lease_s=5)
    await town.start("verifier")

    async def some() -> bool:
        return town.gateway.ledger.delivery_count >= 20

    await until(some, 30, "some are sent")
    private_town.kafka.kill()
    await asyncio.to_thread(private_town.kafka.start)

    await town.all_are("sent", 200, within_s=90)
    assert town.gateway.ledger.delivery_count == 200
    await _everything_is_published(town)


async def test_kafka_away_for_a_while_holds_messages_and_loses_none(private_town: Infrastructure) -> None:
    town = private_town.town
    first = await town.message(await town.session("wa_a"))
    sender = await town.start("sender", lease_s=5)
    await town.becomes(first, "sent")
    private_town.kafka.stop()

    waiting = await town.message(await town.session("wa_b"))

    async def given_back() -> bool:
        return "waiting for what a loop depends on" in sender.log_file.read_text()

    await until(given_back, 30, "the sender says that it waits")
    assert (await town.row(waiting))["status"] in {"pending", "sending"}
    await asyncio.to_thread(private_town.kafka.start)

    await town.becomes(waiting, "sent", within_s=60)
    assert town.gateway.ledger.delivery_count == 2
    await _everything_is_published(town)


async def test_postgres_restarted_in_the_middle_loses_nothing_and_sends_nothing_twice(
    private_town: Infrastructure,
) -> None:
    town = private_town.town
    for n in range(5):
        session_id = await town.session(f"wa_{n}", latency_ms=20)
        for m in range(40):
            await town.message(session_id, recipient=f"9198{n:03}{m:05}", due_in_s=-100 + m)
    sender = await town.start("sender", lease_s=5)
    verifier = await town.start("verifier")

    async def some() -> bool:
        return town.gateway.ledger.delivery_count >= 20

    await until(some, 30, "some are sent")
    private_town.postgres.kill()
    await asyncio.to_thread(private_town.postgres.start)

    await town.all_are("sent", 200, within_s=90)
    assert town.gateway.ledger.delivery_count == 200
    assert sender.is_running()
    assert verifier.is_running()
    await _everything_is_published(town)


async def _everything_is_published(town: Town) -> None:
    async def published() -> bool:
        async with town.database() as connection:
            unpublished: int = await connection.fetchval(
                "SELECT count(*) FROM truesend.event_log, truesend.relay_state AS r"
                " WHERE position IS NULL OR position > r.published_position"
            )
        return unpublished == 0

    await until(published, 30, "every fact is published")
