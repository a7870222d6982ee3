"""Sends, answers, callbacks, rejections, receipts, operator's retries and cancels, in any order and with repeats.

The gateway of this machine knows which attempt it speaks of. Whatever the sender makes of that, it is never given to another
message, and the row is what a simple model makes of what was matched.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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

from services.sender.attempt import StartedAttempt
from tests.harness.databases import Database
from tests.integration.sender.scene import Scene
from truesend.contracts.events import DispatchMessage, GatewayEvent
from truesend.gateways.protocol import OutcomeKind
from truesend.store.pool import open_pool
from truesend.store.queries import load_queries

T = TypeVar("T")
CHATS = ["919800000001", "919800000001", "919800000002"]
REFUSALS = [OutcomeKind.TRANSIENT, OutcomeKind.PERMANENT, OutcomeKind.SESSION_DOWN]
ANSWERS = [OutcomeKind.SENT, OutcomeKind.ACCEPTED, OutcomeKind.UNCONFIRMED, *REFUSALS]


@dataclass
class Try:
    """One attempt as the gateway knows it."""

    attempt: StartedAttempt
    happened_at: datetime
    name: str = field(default_factory=lambda: uuid4().hex)
    answer: OutcomeKind | None = None
    told: list[GatewayEvent] = field(default_factory=list)

    @property
    def message_id(self) -> UUID:
        return self.attempt.message.message_id


class AnyHistory(RuleBasedStateMachine):
    """Three messages of one session, two of them to one chat."""

    database_url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.tries: list[Try] = []
        self.claims: list[DispatchMessage] = []
        self.cancelled: set[UUID] = set()
        self.retried_after: dict[UUID, int] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        try:
            if hasattr(self, "scene"):
                self.run(self._everything_becomes_known())
                self.run(self._check())
        finally:
            self.run(self.pool.close())
            self.runner.close()

    @initialize()
    def a_session_with_messages(self) -> None:
        self.run(self._set_up())

    async def _set_up(self) -> None:
        self.pool: asyncpg.Pool = await open_pool(self.database_url, application="test", max_size=2)
        self.scene = await Scene.on(self.pool, self.database_url)
        self.messages = [await self.scene.message(chat) for chat in CHATS]
        self.queries = load_queries("sender")

    @rule(number=st.integers(0, 2))
    def claim(self, number: int) -> None:
        claimed = self.run(self.scene.claim(self.messages[number]))
        self.claims += [claimed] if claimed is not None else []

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def start_also_what_was_started_before(self, data: st.DataObject) -> None:
        self._start(data.draw(st.sampled_from(self.claims)))

    @rule(number=st.integers(0, 2))
    def claim_and_start(self, number: int) -> None:
        claimed = self.run(self.scene.claim(self.messages[number]))
        if claimed is not None:
            self._start(claimed)

    def _start(self, claim: DispatchMessage) -> None:
        attempt = self.run(self.scene.started(claim))
        if attempt is not None:
            self.tries.append(Try(attempt, attempt.started_at + timedelta(microseconds=200)))

    @precondition(lambda self: any(t.answer is None for t in self.tries))
    @rule(data=st.data(), kind=st.sampled_from(ANSWERS), is_named=st.booleans())
    def answer_however_late(self, data: st.DataObject, kind: OutcomeKind, is_named: bool) -> None:
        one = data.draw(st.sampled_from([t for t in self.tries if t.answer is None]))
        self._answer(one, kind, is_named)

    def _answer(self, one: Try, kind: OutcomeKind, is_named: bool) -> None:
        one.answer = kind
        names = is_named and kind in {OutcomeKind.SENT, OutcomeKind.ACCEPTED}
        self.run(self.scene.answer(one.attempt, kind, one.name if names else None))

    @precondition(lambda self: self.tries)
    @rule(
        data=st.data(),
        kind=st.sampled_from(["sent", "failed", "rejected", "delivered", "read"]),
        is_named=st.booleans(),
        outcome=st.sampled_from(REFUSALS),
    )
    def tell(self, data: st.DataObject, kind: str, is_named: bool, outcome: OutcomeKind) -> None:
        one = data.draw(st.sampled_from(self.tries))
        event = self.scene.event(
            kind,
            one.happened_at,
            chat=one.attempt.message.recipient,
            gateway_message_id=one.name if is_named or kind in {"delivered", "read"} else None,
            outcome=str(outcome),
            detail="words",
        )
        one.told.append(event)
        self.run(self.scene.tell(event))

    @precondition(lambda self: any(t.told for t in self.tries))
    @rule(data=st.data())
    def tell_once_more(self, data: st.DataObject) -> None:
        told = [event for t in self.tries for event in t.told]
        self.run(self.scene.tell(data.draw(st.sampled_from(told)), data.draw(st.sampled_from(told))))

    @rule(number=st.integers(0, 2))
    def an_operator_retries(self, number: int) -> None:
        """Whoever retries what is cancelled and known to be sent wants it twice: that is not modelled."""
        message_id = self.messages[number]
        if not self.run(self._is_known_sent(message_id)) and self.run(self.scene.retry(message_id)):
            self.cancelled.discard(message_id)
            self.retried_after[message_id] = len(self.tries)

    async def _is_known_sent(self, message_id: UUID) -> bool:
        kinds = await self._kinds(message_id)
        return any(_is_proved(t, kinds[t.attempt.lease_token]) for t in self.tries if t.message_id == message_id)

    async def _kinds(self, message_id: UUID) -> dict[UUID, set[str]]:
        """What was matched to each attempt of the message."""
        rows = await self.pool.fetch(
            "SELECT lease_token, kind FROM truesend.evidence WHERE message_id = $1", message_id
        )
        tokens = [t.attempt.lease_token for t in self.tries if t.message_id == message_id]
        return {token: {row["kind"] for row in rows if row["lease_token"] == token} for token in tokens}

    @rule(number=st.integers(0, 2))
    def the_crm_cancels(self, number: int) -> None:
        self.cancelled.add(self.messages[number])
        self.run(self._cancel(self.messages[number]))

    async def _cancel(self, message_id: UUID) -> None:
        await self.pool.execute("UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1", message_id)

    @precondition(lambda self: self.tries)
    @rule()
    def confirmations_are_overdue(self) -> None:
        self.run(self._overdue())

    async def _overdue(self) -> None:
        await self.queries["reap_unconfirmed_accepts"].execute(
            self.pool, confirm_timeout_s=0.0, row_limit=500, doubt_message="unconfirmed"
        )
        await self.queries["release_chats"].execute(self.pool, confirm_timeout_s=0.0)

    @precondition(lambda self: self.tries)
    @rule()
    def leases_run_out(self) -> None:
        self.run(self._leases_run_out())

    async def _leases_run_out(self) -> None:
        await self.pool.execute(
            "UPDATE scheduled_whatsapp_messages SET lease_until = now() - interval '1 second'"
            " WHERE lease_until IS NOT NULL AND organization_id = $1",
            self.scene.organization_id,
        )
        await self.queries["reap_leases"].execute(self.pool, row_limit=500, doubt_message="unconfirmed")

    async def _everything_becomes_known(self) -> None:
        """In the end every attempt is answered with its id, and nothing that names it stays unmatched."""
        for one in self.tries:
            if one.answer is None:
                one.answer = OutcomeKind.ACCEPTED
                await self.scene.answer(one.attempt, OutcomeKind.ACCEPTED, one.name)
        known = await self.pool.fetch("SELECT gateway_message_id FROM truesend.message_attempts")
        names = {row["gateway_message_id"] for row in known}
        await self.pool.execute("UPDATE truesend.evidence SET match_again_at = now()")
        await self.scene.evidence.one_pass()
        unmatched = await self.pool.fetch(
            "SELECT gateway_message_id FROM truesend.evidence WHERE message_id IS NULL AND session_id = $1",
            self.scene.session_id,
        )
        assert not {row["gateway_message_id"] for row in unmatched} & (names - {None}), "evidence was lost"

    @invariant()
    def the_rows_follow_from_what_is_known(self) -> None:
        if hasattr(self, "messages"):
            self.run(self._check())

    async def _check(self) -> None:
        evidence = await self.pool.fetch(
            "SELECT * FROM truesend.evidence WHERE session_id = $1 AND message_id IS NOT NULL", self.scene.session_id
        )
        self._nothing_is_given_to_another(evidence)
        for message_id in self.messages:
            row = await self.scene.row(message_id)
            tries = [t for t in self.tries if t.message_id == message_id]
            self._follows(row, tries, await self._kinds(message_id))
            versions = [fact["version"] for fact in await self.scene.facts(message_id)]
            assert versions == sorted(set(versions)), "two facts of one version"

    def _nothing_is_given_to_another(self, evidence: list[asyncpg.Record]) -> None:
        for told in evidence:
            names = [t for t in self.tries if t.name == told["gateway_message_id"]]
            meant = names or [t for t in self.tries if t.happened_at == told["told_at"]]
            assert told["message_id"] in {t.message_id for t in meant}, "evidence was given to another message"

    def _follows(self, row: asyncpg.Record, tries: list[Try], kinds: dict[UUID, set[str]]) -> None:
        proved = [t for t in tries if _is_proved(t, kinds[t.attempt.lease_token])]
        arrived = [t for t in proved if kinds[t.attempt.lease_token] & {"delivered", "read"}]
        if row["id"] in self.cancelled:
            assert row["status"] == "cancelled"
            return
        last = tries[-1] if tries else None
        is_under_way = (
            last is not None and row["status"] == "sending" and row["attempt_started_at"] == last.attempt.started_at
        )
        if row["status"] == "sent":
            assert proved, "false Sent"
            assert not arrived or row["delivered_at"] is not None, "a receipt was lost"
        elif proved:
            assert is_under_way, "false Failed"
            assert last not in proved, "a proof was lost"
        elif last is not None and "rejected" in kinds[last.attempt.lease_token] and not self._is_superseded(last):
            assert row["status"] == "failed", "a rejection was lost"
        elif last is not None and "failed" in kinds[last.attempt.lease_token] and is_under_way:
            raise AssertionError("a failed callback was lost")
        if row["status"] == "failed":
            assert last is not None
            assert last.answer in REFUSALS or kinds[last.attempt.lease_token] & {"failed", "rejected"}
        if row["status"] == "sending":
            assert row["lease_token"] or row["unconfirmed_at"] or row["accepted_at"], "stuck"
        if row["read_at"] is not None:
            assert row["delivered_at"] <= row["read_at"]
        since = self.retried_after.get(row["id"], 0)
        failures = [
            t
            for t in self.tries[since:]
            if t in tries and (t.answer in REFUSALS or kinds[t.attempt.lease_token] & {"failed", "rejected"})
        ]
        assert row["retry_count"] <= len(failures), "an attempt was counted twice"

    def _is_superseded(self, one: Try) -> bool:
        return self.tries.index(one) < self.retried_after.get(one.message_id, 0)


def _is_proved(one: Try, kinds: set[str]) -> bool:
    if kinds & {"delivered", "read"}:
        return True
    return "rejected" not in kinds and ("sent" in kinds or one.answer is OutcomeKind.SENT)


@pytest.mark.timeout(600)
def test_the_row_follows_from_the_evidence_and_never_from_its_order(database: Database) -> None:
    AnyHistory.database_url = database.url
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=80, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
