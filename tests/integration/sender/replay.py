"""The model's steps, taken on Postgres by the statements that they stand for, and what the tables hold afterwards."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from pydantic import SecretStr

from services.api.message_actions import Operator, stated
from services.api.message_states import Action, allowed_states
from services.sender.attempt import FinishedAttempt, StartedAttempt
from services.sender.decide import DOUBT_MESSAGE, HoldPolicy
from services.sender.fence import StartFence
from services.sender.finaliser import Finaliser
from services.sender.judge import LookupPolicy
from services.sender.reaper import UNCONFIRMED_ACCEPT
from services.sender.reconciler import Reconciler
from services.sender.stager import Stager
from tests.harness.rows import insert_message, insert_session
from tests.integration.sender.conftest import keeper
from tests.integration.sender.test_any_order import HonestGateway
from tests.model.sending_state import NONE, Attempt, Message, Queue
from tests.model.sending_statements import POLICY
from truesend.broker.consumer import Received
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.contracts.events import DispatchMessage, GatewayEvent
from truesend.gateways.protocol import LookupResult, LookupVerdict, Outcome, OutcomeKind, OutgoingMessage
from truesend.settings import LookupAbsence, Settings
from truesend.store.queries import load_queries

NO_HOLD = HoldPolicy(0.0, 0.0)
LONG_AGO = timedelta(hours=1)


class ToldWhatToSay(HonestGateway):
    """A gateway whose next look-up answers what the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.says = LookupResult(LookupVerdict.CANNOT_TELL)

    async def lookup(self, message: OutgoingMessage) -> LookupResult:
        return self.says


@dataclass
class Claimed:
    """One attempt as Postgres knows it."""

    command: DispatchMessage
    started: StartedAttempt | None = None

    @property
    def name(self) -> str:
        """The gateway's id for it."""
        return self.command.lease_token.hex


@dataclass
class Replayed:
    """One message: its row's id, and its claims in the numbers that the model gives them."""

    message_id: UUID
    recipient: str
    due_at: datetime
    claims: list[Claimed] = field(default_factory=list)


class Replay:
    """One path through the model. It has an organisation of its own, and touches no other's rows."""

    def __init__(self, pool: asyncpg.Pool, url: str, *, absence: LookupAbsence) -> None:
        settings = Settings(
            database_url=SecretStr(url), kafka_bootstrap_servers="127.0.0.1:9", gateway_url="http://127.0.0.1:9"
        )
        away = Publisher(make_broker(settings, service="test"), topic_prefix="", source="/test")
        self._pool = pool
        self._gateway = ToldWhatToSay()
        gateways = {"default": self._gateway}
        self._evidence = keeper(pool, away, POLICY, NO_HOLD, gateways)
        self._finaliser = Finaliser(
            pool, away, self._evidence, policy=POLICY, hold=NO_HOLD, settled=lambda _: None, dice=lambda: 0.0
        )
        self._fence = StartFence(pool, {}, lease_s=600)
        self._reconciler = Reconciler(
            pool,
            gateways,
            self._evidence,
            policy=POLICY,
            lookup_policy=LookupPolicy(absence, settle_s=0.0),
            dice=lambda: 0.0,
        )
        self._queries = {**load_queries("api"), **load_queries("sender")}
        self._organization_id = uuid4()
        self._session_id = uuid4()
        self._messages: list[Replayed] = []

    async def begin(self, chats: tuple[int, ...]) -> None:
        """One connected session, and a pending message for each chat."""
        async with self._pool.acquire() as connection:
            self._session_id = await insert_session(connection, organization_id=self._organization_id)  # type: ignore[arg-type]
            for place, chat in enumerate(chats):
                recipient = f"91980000000{chat}"
                message_id = await insert_message(
                    connection,  # type: ignore[arg-type]
                    organization_id=self._organization_id,
                    session_id=self._session_id,
                    recipient=recipient,
                    due_in_s=-1,
                )
                due_at = datetime.now(UTC) - timedelta(minutes=1) + timedelta(seconds=place)
                self._messages.append(Replayed(message_id, recipient, due_at))

    async def take(self, action: str, after: tuple[Message, ...]) -> None:
        """Do what the model did; ``after`` is where it got to. Nothing is to be done for what happens outside."""
        name, *words = action.split()
        number = int(words.pop().removeprefix("m"))
        message = self._messages[number]
        attempt = next((int(word.removeprefix("a")) for word in words if word[1:].isdigit()), NONE)
        kind = next((word for word in words if not word[1:].isdigit()), "")
        step = STATEMENTS.get(name)
        if step is not None:
            await step(self, message, attempt, kind)
        del message.claims[len(after[number].attempts) :]

    async def claim(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._pool.execute(
            "UPDATE scheduled_whatsapp_messages"
            " SET next_attempt_at = CASE WHEN id = $2 THEN $3 ELSE now() + interval '1 hour' END"
            " WHERE organization_id = $1 AND status = 'pending'",
            self._organization_id,
            message.message_id,
            message.due_at,
        )
        await self._pool.execute(
            "DELETE FROM truesend.dispatch_queue WHERE organization_id = $1 AND claimed_at IS NULL",
            self._organization_id,
        )
        async with self._pool.acquire() as connection, connection.transaction():
            await Stager(self._queries["stage_due"], (self._organization_id,)).one_pass(connection)
            claimed = await self._queries["claim_due"].fetch(
                connection,
                gateways=["default"],
                most_claimed=[100_000],
                min_intervals_s=[0.0],
                most_per_session=8,
                organizations=(self._organization_id,),
                chat_lookahead=10,
                message_max_age_s=86_400.0,
                lease_s=600.0,
            )
        assert [row["message_id"] for row in claimed] == [message.message_id]
        command = DispatchMessage(**{field: claimed[0][field] for field in DispatchMessage.model_fields})
        message.claims.append(Claimed(command))

    async def give_back(self, message: Replayed, _attempt: int, _kind: str) -> None:
        command = message.claims[-1].command
        await self._queries["release_claims"].execute(
            self._pool, message_ids=[message.message_id], lease_tokens=[command.lease_token]
        )

    async def start(self, message: Replayed, _attempt: int, _kind: str) -> None:
        """Every record of it that there ever was comes once more, and then again: at most one attempt starts, once."""
        records = [Received(claim.command, None) for claim in message.claims]
        answered = [
            claim.command.lease_token for other in self._messages if other is not message for claim in other.claims
        ]
        started = (await self._fence.start(records, over=answered)).started
        assert [one.lease_token for one in started] in ([], [message.claims[-1].command.lease_token])
        assert (await self._fence.start(records, over=answered)).started == []
        message.claims[-1].started = started[0] if started else None

    async def answer(self, message: Replayed, attempt: int, kind: str) -> None:
        claim = message.claims[attempt]
        assert claim.started is not None
        names = kind in {"sent", "accepted"}
        self._finaliser.add(
            FinishedAttempt(
                claim.started,
                Outcome(OutcomeKind(kind), "" if names else "words", gateway_message_id=claim.name if names else None),
            )
        )
        while not self._finaliser.is_idle:
            await self._finaliser.one_pass()
        await self._evidence.one_pass()

    async def lease_runs_out(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._pool.execute(
            "UPDATE scheduled_whatsapp_messages SET lease_until = now() - interval '1 second' WHERE id = $1",
            message.message_id,
        )

    async def reap(self, _message: Replayed, _attempt: int, _kind: str) -> None:
        await self._queries["reap_leases"].execute(self._pool, row_limit=500, doubt_message=DOUBT_MESSAGE)

    async def confirmation_is_overdue(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._pool.execute(
            "UPDATE scheduled_whatsapp_messages SET accepted_at = accepted_at - $2::interval WHERE id = $1",
            message.message_id,
            LONG_AGO,
        )
        await self._queries["reap_unconfirmed_accepts"].execute(
            self._pool, confirm_timeout_s=1800.0, row_limit=500, doubt_message=UNCONFIRMED_ACCEPT
        )

    async def release_chat(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._pool.execute(
            "UPDATE truesend.dispatch_queue SET answered_at = answered_at - $2::interval WHERE message_id = $1",
            message.message_id,
            LONG_AGO,
        )
        await self._queries["release_chats"].execute(self._pool, confirm_timeout_s=1800.0)

    async def prune(self, _message: Replayed, _attempt: int, _kind: str) -> None:
        await self._queries["prune_queue"].execute(
            self._pool, after_id=UUID(int=0), row_limit=100_000, abandoned_after_s=0.0
        )

    async def expire(self, _message: Replayed, _attempt: int, _kind: str) -> None:
        await self._queries["expire_old"].execute(
            self._pool,
            message_max_age_s=0.0,
            organizations=(self._organization_id,),
            row_limit=500,
            expired_message="expired",
        )

    async def callback(self, message: Replayed, attempt: int, _kind: str) -> None:
        await self._tell("sent", message, attempt)

    async def failed_callback(self, message: Replayed, attempt: int, kind: str) -> None:
        await self._tell("failed", message, attempt, outcome=kind)

    async def rejection(self, message: Replayed, attempt: int, _kind: str) -> None:
        await self._tell("rejected", message, attempt)

    async def receipt(self, message: Replayed, attempt: int, _kind: str) -> None:
        await self._tell("delivered", message, attempt)

    async def _tell(self, what: str, message: Replayed, attempt: int, **values: Any) -> None:
        claim = message.claims[attempt]
        assert claim.started is not None
        told_at = claim.started.started_at + timedelta(milliseconds=1)
        event = GatewayEvent.model_validate(
            {
                "gateway": "default",
                "gateway_session_id": f"wa_{self._session_id}",
                "kind": what,
                "occurred_at": told_at,
                "received_at": told_at,
                "recipient": message.recipient,
                "gateway_message_id": claim.name,
                "detail": "told",
            }
            | values
        )
        await self._evidence.take([Received(event, None)])

    async def look_up_finds(self, message: Replayed, _attempt: int, _kind: str) -> None:
        started_at = await self._pool.fetchval(
            "SELECT attempt_started_at FROM truesend.lookups WHERE message_id = $1", message.message_id
        )
        claim = next(c for c in message.claims if c.started is not None and c.started.started_at == started_at)
        await self._look_up(message, LookupResult(LookupVerdict.FOUND, claim.name, datetime.now(UTC), confirmed=True))

    async def look_up_finds_nothing(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._look_up(message, LookupResult(LookupVerdict.ABSENT))

    async def _look_up(self, message: Replayed, says: LookupResult) -> None:
        self._gateway.says = says
        await self._pool.execute(
            "UPDATE truesend.lookups SET next_lookup_at ="
            " CASE WHEN message_id = $1 THEN now() - interval '1 second' ELSE 'infinity'::timestamptz END",
            message.message_id,
        )
        await self._reconciler.one_pass()

    async def crm_cancels(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._pool.execute(
            "UPDATE scheduled_whatsapp_messages SET status = 'cancelled' WHERE id = $1", message.message_id
        )

    async def operator_retries(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._order("retry_messages", Action.RETRY, message_ids=[message.message_id], session_id=None)

    async def operator_forces_retry(self, message: Replayed, _attempt: int, _kind: str) -> None:
        values = {"message_ids": [message.message_id], "session_id": None}
        assert not await self._ordered("retry_messages", Action.RETRY, force=False, **values), "force was not asked for"
        assert await self._ordered("retry_messages", Action.RETRY, force=True, **values)

    async def operator_cancels(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._order("cancel_message", Action.CANCEL, message_id=message.message_id)

    async def operator_marks_delivered(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._order("mark_delivered", Action.MARK_DELIVERED, message_id=message.message_id, at=None)

    async def operator_checks(self, message: Replayed, _attempt: int, _kind: str) -> None:
        await self._order("check_message", Action.CHECK, message_id=message.message_id)

    async def _order(self, query: str, action: Action, **values: Any) -> None:
        assert await self._ordered(query, action, force=False, **values), "the statement refuses what the model allows"

    async def _ordered(self, query: str, action: Action, *, force: bool, **values: Any) -> bool:
        operator = Operator(self._organization_id, "operator", "")
        row = await self._queries[query].fetchrow(
            self._pool, **stated(operator, allowed_states(action, force=force)), **values
        )
        assert row is not None
        return bool(row["applied"])

    async def tables(self) -> tuple[Message, ...]:
        """What Postgres holds, in the model's terms. What only the gateway or the model knows is left at its default."""
        return tuple([await self._message(message) for message in self._messages])

    async def _message(self, message: Replayed) -> Message:
        row = await self._pool.fetchrow(
            "SELECT m.*, l.attempt_started_at AS lookup, l.absences, q.claimed_at, q.started_at,"
            " q.answered_at, q.lease_token AS queued"
            " FROM scheduled_whatsapp_messages AS m LEFT JOIN truesend.lookups AS l ON l.message_id = m.id"
            " LEFT JOIN truesend.dispatch_queue AS q ON q.message_id = m.id WHERE m.id = $1",
            message.message_id,
        )
        assert row is not None
        starts = [claim.started.started_at if claim.started else None for claim in message.claims]
        tokens = [claim.command.lease_token for claim in message.claims]
        return Message(
            status=row["status"],
            token=_number(tokens, row["lease_token"]),
            started=_number(starts, row["attempt_started_at"]),
            is_accepted=row["accepted_at"] is not None,
            is_unconfirmed=row["unconfirmed_at"] is not None,
            has_arrived=row["delivered_at"] is not None,
            failures=row["retry_count"] or 0,
            queue=_queue(row),
            queue_token=_number(tokens, row["queued"]),
            lookup=_number(starts, row["lookup"]),
            absences=row["absences"] or 0,
            attempts=await self._attempts(message),
        )

    async def _attempts(self, message: Replayed) -> tuple[Attempt, ...]:
        rows = await self._pool.fetch(
            "SELECT a.lease_token, a.outcome, a.failure_counted, k.* FROM truesend.message_attempts AS a"
            " CROSS JOIN LATERAL (SELECT array_agg(e.kind) AS kinds,"
            " max(e.outcome) FILTER (WHERE e.kind = 'failed') AS failed"
            " FROM truesend.evidence AS e WHERE e.message_id = a.message_id AND e.lease_token = a.lease_token) AS k"
            " WHERE a.message_id = $1",
            message.message_id,
        )
        known = {row["lease_token"]: row for row in rows}
        return tuple(_attempt(known.get(claim.command.lease_token)) for claim in message.claims)


def _number(values: list[Any], value: Any) -> int:
    return NONE if value is None else values.index(value)


def _queue(row: asyncpg.Record) -> Queue:
    if row["claimed_at"] is None:
        return Queue.NOTHING
    if row["answered_at"] is not None:
        return Queue.ANSWERED
    return Queue.CLAIMED if row["started_at"] is None else Queue.STARTED


def _attempt(row: asyncpg.Record | None) -> Attempt:
    if row is None:
        return Attempt()
    kinds = set(row["kinds"] or ())
    return Attempt(
        outcome=row["outcome"],
        is_counted=row["failure_counted"],
        is_called_sent="sent" in kinds,
        is_found="found" in kinds,
        called_failed=row["failed"] or "",
        is_rejected="rejected" in kinds,
        has_arrived="delivered" in kinds,
    )


Step = Callable[[Replay, Replayed, int, str], Awaitable[None]]
# The rest of the model's actions happen at the gateway or in a sender's memory: no statement notices them.
STATEMENTS: Mapping[str, Step] = {
    "claim": Replay.claim,
    "give_back": Replay.give_back,
    "start": Replay.start,
    "answer": Replay.answer,
    "lease_runs_out": Replay.lease_runs_out,
    "reap": Replay.reap,
    "confirmation_is_overdue": Replay.confirmation_is_overdue,
    "release_chat": Replay.release_chat,
    "prune": Replay.prune,
    "expire": Replay.expire,
    "callback": Replay.callback,
    "failed_callback": Replay.failed_callback,
    "rejection": Replay.rejection,
    "receipt": Replay.receipt,
    "look_up_finds": Replay.look_up_finds,
    "look_up_finds_nothing": Replay.look_up_finds_nothing,
    "crm_cancels": Replay.crm_cancels,
    "operator_retries": Replay.operator_retries,
    "operator_forces_retry": Replay.operator_forces_retry,
    "operator_cancels": Replay.operator_cancels,
    "operator_marks_delivered": Replay.operator_marks_delivered,
    "operator_checks": Replay.operator_checks,
}
