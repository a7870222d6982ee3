"""Before any POST, exactly one may start."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from pydantic import SecretStr

from services.sender.attempt import FinishedAttempt, StartedAttempt
from services.sender.consumer import MOST_WAITING, SendConsumer
from services.sender.decide import HoldPolicy, Policy
from services.sender.fence import StartFence
from services.sender.finaliser import Finaliser
from services.sender.tempo import Tempo
from tests.harness.databases import Database
from tests.harness.rows import insert_message, insert_session, message_row
from tests.integration.sender.conftest import keeper
from truesend.broker.consumer import Received
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.contracts.events import DispatchMessage
from truesend.gateways.protocol import GatewayConfig, Outcome, OutcomeKind
from truesend.gateways.registry import build_gateways
from truesend.settings import Settings
from truesend.store.pool import open_pool

CREDITS = 10


class Bench:
    """One claimed message, and what may start it."""

    def __init__(self, pool: asyncpg.Pool, connection: asyncpg.Connection, url: str) -> None:
        self.pool = pool
        self.connection = connection
        self.gateways = build_gateways(
            [GatewayConfig(name="default", kind="vps", url="http://127.0.0.1:9", api_key="k", max_in_flight=CREDITS)]
        )
        self.fence = StartFence(pool, self.gateways, lease_s=60)
        settings = Settings(
            database_url=SecretStr(url), kafka_bootstrap_servers="127.0.0.1:9", gateway_url="http://127.0.0.1:9"
        )
        away = Publisher(make_broker(settings, service="test"), topic_prefix="", source="/test")
        policy, hold = Policy(max_attempts=3, backoff_base_s=1, backoff_max_s=1), HoldPolicy(1, 1)
        self.finaliser = Finaliser(
            pool,
            away,
            keeper(pool, away, policy, hold, {}),
            policy=policy,
            hold=hold,
            settled=lambda _: None,
        )

    async def claimed(self, *, lease: str = "1 minute", after: DispatchMessage | None = None) -> DispatchMessage:
        """A claimed message, of a session of its own or of another's."""
        organization = after.organization_id if after else uuid4()
        session = after.session_id if after else await insert_session(self.connection, organization_id=organization)
        message = await insert_message(
            self.connection, organization_id=organization, session_id=session, recipient=f"91{uuid4().int % 10**10:010}"
        )
        token = await self.claim_again(message, lease=lease)
        return DispatchMessage(message_id=message, session_id=session, organization_id=organization, lease_token=token)

    async def claim_again(self, message: UUID, *, lease: str = "1 minute") -> UUID:
        token: UUID = await self.connection.fetchval(
            "UPDATE scheduled_whatsapp_messages SET status = 'sending', lease_token = gen_random_uuid(),"
            " lease_until = now() + $2::text::interval, attempt_started_at = NULL WHERE id = $1 RETURNING lease_token",
            message,
            lease,
        )
        await self.connection.execute(
            "INSERT INTO truesend.dispatch_queue"
            " (message_id, organization_id, session_id, recipient, due_at, gateway, lease_token, claimed_at)"
            " SELECT id, organization_id, session_id, recipient, now(), 'default', lease_token, now()"
            " FROM scheduled_whatsapp_messages WHERE id = $1"
            " ON CONFLICT (message_id) DO UPDATE"
            " SET lease_token = excluded.lease_token, gateway = excluded.gateway, claimed_at = excluded.claimed_at,"
            " started_at = NULL",
            message,
        )
        return token

    async def start(self, command: DispatchMessage) -> list[StartedAttempt]:
        return (await self.fence.start([Received(command, None)])).started

    async def finish(self, attempt: StartedAttempt, kind: OutcomeKind) -> None:
        self.finaliser.add(FinishedAttempt(attempt, Outcome(kind, "words")))
        await self.finaliser.one_pass()


@pytest_asyncio.fixture
async def bench(database: Database) -> AsyncIterator[Bench]:
    """A database of its own, and no sender but the one under test."""
    pool = await open_pool(database.url, application="test")
    connection = await database.connect()
    yield Bench(pool, connection, database.url)
    await connection.close()
    await pool.close()


async def test_a_record_that_comes_twice_starts_once(bench: Bench) -> None:
    command = await bench.claimed()

    assert len(await bench.start(command)) == 1
    assert await bench.start(command) == []


async def test_a_record_that_waited_past_its_lease_starts_nothing(bench: Bench) -> None:
    command = await bench.claimed(lease="-1 second")

    assert await bench.start(command) == []


async def test_a_record_of_an_older_lease_starts_nothing(bench: Bench) -> None:
    command = await bench.claimed()
    await bench.claim_again(command.message_id)

    assert await bench.start(command) == []


async def test_a_row_cancelled_after_its_claim_starts_nothing(bench: Bench) -> None:
    command = await bench.claimed()
    await bench.connection.execute("UPDATE scheduled_whatsapp_messages SET status = 'cancelled'")

    assert await bench.start(command) == []


async def test_an_answer_of_an_older_lease_never_touches_the_new_one(bench: Bench) -> None:
    command = await bench.claimed()
    (old,) = await bench.start(command)
    token = await bench.claim_again(command.message_id)
    before = await message_row(bench.connection, command.message_id)

    for kind in (OutcomeKind.TRANSIENT, OutcomeKind.PERMANENT, OutcomeKind.SESSION_DOWN, OutcomeKind.UNCONFIRMED):
        await bench.finish(old, kind)

    after = await message_row(bench.connection, command.message_id)
    assert after == before
    assert after["lease_token"] == token


@pytest.mark.parametrize(
    "rule", ["paused_at = now()", "hourly_cap = 0, hour_began_at = date_trunc('hour', now(), 'UTC')", "{quiet}"]
)
async def test_a_claim_whose_session_was_held_since_starts_nothing_and_waits_like_the_others(
    bench: Bench, rule: str
) -> None:
    command = await bench.claimed()
    quiet = (
        "quiet_from = (now() AT TIME ZONE 'UTC')::time - interval '1 h', quiet_to = (now() AT TIME ZONE 'UTC')::time"
    )
    await bench.connection.execute(
        "INSERT INTO truesend.session_rules (session_id, organization_id) VALUES ($1, $2)",
        command.session_id,
        command.organization_id,
    )
    changed = rule.format(quiet=f"{quiet} + interval '1 h'")
    await bench.connection.execute(f"UPDATE truesend.session_rules SET {changed}")

    assert await bench.start(command) == []

    row = await message_row(bench.connection, command.message_id)
    assert (row["status"], row["lease_token"], row["attempt_started_at"]) == ("pending", None, None)
    queued = await bench.connection.fetchrow("SELECT claimed_at, lease_token FROM truesend.dispatch_queue")
    assert tuple(queued or ()) == (None, None)
    await bench.connection.execute("DELETE FROM truesend.session_rules")
    assert await bench.start(command) == []
    again = await bench.claim_again(command.message_id)
    assert len(await bench.start(command.model_copy(update={"lease_token": again}))) == 1


@pytest.mark.parametrize("change", ["UPDATE {table} SET status = 'cancelled'", "DELETE FROM {table}"])
async def test_a_message_cancelled_or_deleted_after_its_claim_does_not_keep_its_session(
    bench: Bench, change: str
) -> None:
    command = await bench.claimed()
    await bench.connection.execute(change.format(table="scheduled_whatsapp_messages"))

    assert await bench.start(command) == []
    assert await bench.connection.fetchval("SELECT count(*) FROM truesend.dispatch_queue") == 0


async def test_a_message_whose_session_is_gone_is_not_marked_as_started(bench: Bench) -> None:
    command = await bench.claimed()
    await bench.connection.execute("DELETE FROM whatsapp_sessions")

    assert await bench.start(command) == []
    row = await message_row(bench.connection, command.message_id)
    assert row["attempt_started_at"] is None


async def test_a_claim_whose_session_went_down_since_starts_nothing_and_waits_for_it(bench: Bench) -> None:
    command = await bench.claimed()
    await bench.connection.execute("UPDATE whatsapp_sessions SET status = 'disconnected'")

    assert await bench.start(command) == []

    row = await message_row(bench.connection, command.message_id)
    assert (row["status"], row["lease_token"], row["attempt_started_at"]) == ("pending", None, None)


async def test_a_sessions_next_message_starts_when_its_last_has_an_answer(bench: Bench) -> None:
    first = await bench.claimed()
    second = await bench.claimed(after=first)
    await bench.start(first)

    fenced = await bench.fence.start([Received(second, None)])
    assert (fenced.started, fenced.behind) == ([], {second.lease_token})

    fenced = await bench.fence.start([Received(second, None)], over=[first.lease_token])
    assert [attempt.lease_token for attempt in fenced.started] == [second.lease_token]


async def test_a_session_starts_its_earliest_claim_first_whichever_sender_has_it(bench: Bench) -> None:
    first = await bench.claimed()
    second = await bench.claimed(after=first)

    fenced = await bench.fence.start([Received(second, None)])
    assert (fenced.started, fenced.behind) == ([], {second.lease_token})

    fenced = await bench.fence.start([Received(second, None), Received(first, None)])
    assert [attempt.lease_token for attempt in fenced.started] == [first.lease_token]
    assert fenced.behind == {second.lease_token}


async def test_no_more_start_than_the_gateway_has_credits_and_an_answer_frees_one(bench: Bench) -> None:
    commands = [Received(await bench.claimed(), None) for _ in range(CREDITS + 2)]

    fenced = await bench.fence.start(commands)
    assert (len(fenced.started), len(fenced.without_credit)) == (CREDITS, 2)

    waiting = [command for command in commands if command.body.lease_token in fenced.without_credit]
    assert (await bench.fence.start(waiting)).started == []
    assert len((await bench.fence.start(waiting, over=[fenced.started[0].lease_token])).started) == 1


async def test_senders_that_start_at_once_never_exceed_the_credits_together(bench: Bench) -> None:
    commands = [Received(await bench.claimed(), None) for _ in range(4 * CREDITS)]
    fences = [StartFence(bench.pool, bench.gateways, lease_s=60) for _ in range(4)]

    fenced = await asyncio.gather(*(fence.start(commands[n::4]) for n, fence in enumerate(fences)))

    assert sum(len(one.started) for one in fenced) == CREDITS


async def test_a_late_success_counts_also_beside_a_newer_attempts_failure(bench: Bench) -> None:
    command = await bench.claimed()
    (old,) = await bench.start(command)
    token = await bench.claim_again(command.message_id)
    (new,) = await bench.start(command.model_copy(update={"lease_token": token}))

    bench.finaliser.add(FinishedAttempt(old, Outcome(OutcomeKind.SENT, "")))
    await bench.finish(new, OutcomeKind.PERMANENT)

    assert (await message_row(bench.connection, command.message_id))["status"] == "sent"


async def test_a_message_that_was_claimed_later_and_is_due_earlier_goes_first_wherever_it_stands_in_the_line(
    bench: Bench,
) -> None:
    first = await bench.claimed()
    second = await bench.claimed(after=first)
    finished: list[FinishedAttempt] = []
    moved = asyncio.Event()
    consumer = SendConsumer(bench.pool, {}, bench.fence, finished=finished.append, tempo=Tempo())
    consumer.wake = moved.set

    await consumer.take([Received(second, None), Received(first, None)])
    async with asyncio.timeout(10):
        while len(finished) < 2:
            moved.clear()
            await consumer.one_pass()
            if finished:
                await bench.finish(finished[-1].attempt, OutcomeKind.SENT)
                consumer.settled(finished)
            else:
                await moved.wait()

    assert [one.attempt.lease_token for one in finished] == [first.lease_token, second.lease_token]


async def test_commands_of_a_long_absence_are_left_out_before_they_fill_the_lines(bench: Bench) -> None:
    live = Received(await bench.claimed(), None)
    stale = [
        Received(
            DispatchMessage(message_id=uuid4(), session_id=uuid4(), organization_id=uuid4(), lease_token=uuid4()), None
        )
        for _ in range(MOST_WAITING)
    ]
    consumer = SendConsumer(
        bench.pool, bench.gateways, bench.fence, finished=lambda _finished: None, tempo=Tempo(clock=lambda: 0.0)
    )

    async with asyncio.timeout(30):
        await consumer.take([*stale, live])

    assert [command.body for command in consumer.lines] == [live.body]
