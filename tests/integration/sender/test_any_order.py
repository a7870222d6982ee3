"""No order of answers, lease expiries, look-ups and restarts breaks a promise.

A hypothesis state machine drives the sender's real statements on a real database. It knows what the gateway truly did; the
sender only knows what it was told.
"""

import asyncio
import random
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import SecretStr

from services.sender.attempt import FinishedAttempt, StartedAttempt
from services.sender.decide import HoldPolicy, Policy
from services.sender.fence import StartFence
from services.sender.finaliser import Finaliser
from services.sender.judge import LookupPolicy
from services.sender.reaper import Reaper
from services.sender.reconciler import Reconciler
from services.sender.stager import Stager
from tests.harness.databases import Database
from tests.harness.rows import insert_message, insert_session
from tests.integration.sender.conftest import keeper
from truesend.broker.consumer import Received
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.contracts.events import DispatchMessage
from truesend.gateways.capabilities import Capabilities
from truesend.gateways.protocol import (
    ControlResult,
    GatewayConfig,
    GatewayHealth,
    LookupResult,
    LookupVerdict,
    NumberCheck,
    NumberVerdict,
    Observation,
    ObservedState,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    ParsedWebhook,
)
from truesend.settings import LookupAbsence, Settings
from truesend.store.pool import open_pool
from truesend.store.queries import load_queries

T = TypeVar("T")
NOT_DELIVERED = [
    OutcomeKind.SESSION_DOWN,
    OutcomeKind.TRANSIENT,
    OutcomeKind.NEVER_TRANSMITTED,
    OutcomeKind.PERMANENT,
    OutcomeKind.RESTRICTED,
    OutcomeKind.CONFIG_ERROR,
    OutcomeKind.UNCONFIRMED,
    OutcomeKind.ACCEPTED,
]
DELIVERED = [OutcomeKind.SENT, OutcomeKind.UNCONFIRMED, OutcomeKind.ACCEPTED]


@dataclass
class Truth:
    """What the gateway really did with one attempt."""

    attempt: StartedAttempt
    delivered_as: str | None = None
    delivered_at: datetime | None = None
    is_answered: bool = False
    lease_ran_out: bool = False


class Undeclared:
    """The calls that a gateway may leave out."""

    @property
    def signature_headers(self) -> tuple[str, ...]:
        """Its webhooks are not signed."""
        return ()

    def secrets(self) -> Collection[str]:
        """It has none."""
        return ()

    async def statuses(self, _gateway_session_ids: Collection[str]) -> Mapping[str, Observation]:
        """No list."""
        return {}

    async def pairing_code(self, _gateway_session_id: str, _phone_number: str) -> Observation:
        """No codes."""
        return Observation(ObservedState.CANNOT_TELL, "this gateway gives no pairing codes")

    async def check_number(self, _gateway_session_id: str, _phone_number: str) -> NumberCheck:
        """No check."""
        return NumberCheck(NumberVerdict.CANNOT_TELL)

    async def register_webhook(self, _gateway_session_id: str, _url: str) -> ControlResult:
        """Not by a call."""
        return ControlResult(ok=False, detail="this gateway's webhook address can't be set by a call")


class HonestGateway(Undeclared):
    """A gateway whose look-up tells the truth, as long as it remembers."""

    capabilities = Capabilities(answer_confirms=True, acks=True, lookup=True)

    def __init__(self) -> None:
        self.config = GatewayConfig(name="default", kind="vps", url="http://127.0.0.1:9", api_key="k")
        self.last: dict[str, Truth] = {}
        self.remembers = True
        self.answers = True

    async def lookup(self, message: OutgoingMessage) -> LookupResult:
        if not self.answers:
            return LookupResult(LookupVerdict.CANNOT_TELL)
        truth = self.last.get(message.recipient) if self.remembers else None
        if truth is None:
            return LookupResult(LookupVerdict.ABSENT)
        return LookupResult(LookupVerdict.FOUND, truth.delivered_as, truth.delivered_at, confirmed=True)

    async def status(self, gateway_session_id: str) -> Observation:
        return Observation(ObservedState.CONNECTED)

    async def qr(self, gateway_session_id: str) -> Observation:
        return Observation(ObservedState.CONNECTED)

    async def send(self, message: OutgoingMessage) -> Outcome:
        return Outcome(OutcomeKind.UNCONFIRMED)

    async def restart(self, gateway_session_id: str) -> ControlResult:
        return ControlResult(ok=True)

    async def disconnect(self, gateway_session_id: str) -> ControlResult:
        return ControlResult(ok=True)

    async def health(self) -> GatewayHealth:
        return GatewayHealth(is_reachable=True)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> ParsedWebhook:
        return ParsedWebhook(None, "unknown")

    async def close(self) -> None:
        return None


class AnyOrder(RuleBasedStateMachine):
    """Two chats of one session, a handful of messages, and everything that can happen to them."""

    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.truths: list[Truth] = []
        self.commands: list[DispatchMessage] = []
        self.gateway = HonestGateway()
        self.absence = LookupAbsence.OPERATOR

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.pool.close())
        self.runner.close()

    @initialize(
        chats=st.lists(st.sampled_from(["919800000001", "919800000002"]), min_size=1, max_size=4),
        absence=st.sampled_from(LookupAbsence),
    )
    def a_session_with_due_messages(self, chats: list[str], absence: LookupAbsence) -> None:
        self.absence = absence
        self.run(self._set_up(chats))

    async def _set_up(self, chats: list[str]) -> None:
        self.pool: asyncpg.Pool = await open_pool(self.database_url, application="test", max_size=4)
        await self.pool.execute(
            "TRUNCATE scheduled_whatsapp_messages, whatsapp_sessions, truesend.dispatch_queue, truesend.lookups,"
            " truesend.message_attempts, truesend.session_pace, truesend.event_log, truesend.evidence"
        )
        self.queries = load_queries("sender")
        self._start_sender()
        organization = uuid4()
        async with self.pool.acquire() as connection:
            session = await insert_session(connection, organization_id=organization)  # type: ignore[arg-type]
            self.messages = [
                await insert_message(
                    connection,  # type: ignore[arg-type]
                    organization_id=organization,
                    session_id=session,
                    recipient=chat,
                    due_in_s=-100 + n,
                )
                for n, chat in enumerate(chats)
            ]

    def _start_sender(self) -> None:
        """A new process: nothing of the old one's memory is left."""
        sender_settings = Settings(
            database_url=SecretStr(self.database_url),
            kafka_bootstrap_servers="127.0.0.1:9",
            gateway_url="http://127.0.0.1:9",
            confirm_timeout_s=0.001,
        )
        policy = Policy(max_attempts=3, backoff_base_s=0.0001, backoff_max_s=0.0001)
        kafka_is_away = Publisher(make_broker(sender_settings, service="test"), topic_prefix="", source="/test")
        self.fenced: list[FinishedAttempt] = []
        hold = HoldPolicy(0.0001, 0.0001)
        evidence = keeper(self.pool, kafka_is_away, policy, hold, {"default": self.gateway})
        self.finaliser = Finaliser(self.pool, kafka_is_away, evidence, policy=policy, hold=hold, settled=lambda _: None)
        self.fence = StartFence(self.pool, {}, lease_s=60)
        self.stager = Stager(self.queries["stage_due"], None)
        self.reaper = Reaper(self.pool, sender_settings)
        self.reconciler = Reconciler(
            self.pool,
            {"default": self.gateway},
            evidence,
            policy=policy,
            lookup_policy=LookupPolicy(self.absence, settle_s=0.0),
            dice=random.Random(1).random,
        )

    @rule()
    def dispatch(self) -> None:
        self.run(self._dispatch())

    @rule()
    def dispatch_and_start(self) -> None:
        self._dispatch_and_start()

    @rule(is_delivered=st.booleans(), data=st.data())
    def dispatch_start_and_answer(self, is_delivered: bool, data: st.DataObject) -> None:
        self._dispatch_and_start()
        if self.truths and not self.truths[-1].is_answered:
            self._answer(self.truths[-1], is_delivered, data)

    def _dispatch_and_start(self) -> None:
        self.run(self._dispatch())
        for command in self.commands[-1:]:
            self.truths += [Truth(attempt) for attempt in self.run(self.fence.start([Received(command, None)])).started]

    async def _dispatch(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await self.stager.one_pass(connection)
            chosen = await self.queries["claim_due"].fetch(
                connection,
                gateways=["default"],
                most_claimed=[2],
                min_intervals_s=[0.0],
                most_per_session=8,
                organizations=None,
                chat_lookahead=10,
                message_max_age_s=86_400.0,
                lease_s=60.0,
            )
        self.commands += [
            DispatchMessage(**{name: row[name] for name in DispatchMessage.model_fields})
            for row in chosen
            if row["lease_token"] is not None
        ]

    @precondition(lambda self: self.commands)
    @rule(data=st.data())
    def start_attempts_also_from_records_that_come_twice(self, data: st.DataObject) -> None:
        command = data.draw(st.sampled_from(self.commands))
        started = self.run(self.fence.start([Received(command, None)])).started
        self.truths += [Truth(attempt) for attempt in started]

    @precondition(lambda self: any(not truth.is_answered for truth in self.truths))
    @rule(data=st.data(), is_delivered=st.booleans())
    def answer_however_late(self, data: st.DataObject, is_delivered: bool) -> None:
        self._answer(
            data.draw(st.sampled_from([truth for truth in self.truths if not truth.is_answered])), is_delivered, data
        )

    def _answer(self, truth: Truth, is_delivered: bool, data: st.DataObject) -> None:
        truth.is_answered = True
        if is_delivered:
            self._deliver(truth)
        delivered = truth.delivered_as is not None
        kind = data.draw(st.sampled_from(DELIVERED if delivered else NOT_DELIVERED))
        knows_id = kind in {OutcomeKind.SENT, OutcomeKind.ACCEPTED} and delivered
        outcome = Outcome(kind, gateway_words="words", gateway_message_id=truth.delivered_as if knows_id else None)
        self.finaliser.add(FinishedAttempt(truth.attempt, outcome))
        self.run(self._write())

    @precondition(lambda self: any(not truth.is_answered for truth in self.truths))
    @rule(data=st.data())
    def deliver_without_an_answer_yet(self, data: st.DataObject) -> None:
        self._deliver(data.draw(st.sampled_from([truth for truth in self.truths if not truth.is_answered])))

    def _deliver(self, truth: Truth) -> None:
        if truth.delivered_as is None:
            truth.delivered_as, truth.delivered_at = uuid4().hex, datetime.now(UTC) + timedelta(milliseconds=1)
            self.gateway.last[truth.attempt.message.recipient] = truth

    async def _write(self) -> None:
        while not self.finaliser.is_idle:
            await self.finaliser.one_pass()

    @precondition(lambda self: any(not truth.lease_ran_out for truth in self.truths))
    @rule()
    def leases_run_out(self) -> None:
        self.run(self._expire_leases())

    async def _expire_leases(self) -> None:
        await self.pool.execute(
            "UPDATE scheduled_whatsapp_messages SET lease_until = now() - interval '1 second' WHERE lease_until IS NOT NULL"
        )
        await self.reaper.reap_leases()
        for truth in self.truths:
            truth.lease_ran_out = True

    @precondition(lambda self: self.truths)
    @rule()
    def time_passes(self) -> None:
        self.run(self.reaper.reap_the_rest())

    @precondition(lambda self: self.truths)
    @rule()
    def the_sender_restarts(self) -> None:
        self._start_sender()

    @precondition(lambda self: self.truths)
    @rule(remembers=st.booleans(), answers=st.booleans())
    def the_gateway_restarts(self, remembers: bool, answers: bool) -> None:
        self.gateway.remembers, self.gateway.answers = remembers, answers

    @precondition(lambda self: self.truths)
    @rule()
    def look_up(self) -> None:
        self.run(self._look_up())

    async def _look_up(self) -> None:
        await self.pool.execute("UPDATE truesend.lookups SET next_lookup_at = now()")
        await self.reconciler.one_pass()

    @invariant()
    def promises_hold(self) -> None:
        if hasattr(self, "messages"):
            self.run(self._check())

    async def _check(self) -> None:
        rows = await self.pool.fetch("SELECT * FROM scheduled_whatsapp_messages")
        assert {row["id"] for row in rows} == set(self.messages), "a row was lost"
        for row in rows:
            deliveries = self._deliveries(row["id"])
            unanswered = [t for t in self.truths if t.attempt.message.message_id == row["id"] and not t.is_answered]
            if row["status"] == "sent":
                assert deliveries, "false Sent"
            if row["status"] == "failed" and self.absence is LookupAbsence.OPERATOR:
                assert not deliveries, "false Failed"
            if self.absence is LookupAbsence.OPERATOR:
                assert deliveries <= 1, "sent twice"
                assert row["status"] != "pending" or not (deliveries or unanswered), "would be sent twice"
            for truth in unanswered:
                if not truth.lease_ran_out and row["status"] != "sent":
                    assert row["lease_token"] == truth.attempt.lease_token, "a lease was taken from its holder"
            if row["status"] == "sending":
                assert row["lease_token"] or row["unconfirmed_at"] or row["accepted_at"], "stuck"

    def _deliveries(self, message_id: UUID) -> int:
        return sum(1 for t in self.truths if t.attempt.message.message_id == message_id and t.delivered_as is not None)


@pytest.mark.timeout(600)
def test_no_order_of_events_breaks_a_promise(database: Database) -> None:
    AnyOrder.database_url = database.url
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=80,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
