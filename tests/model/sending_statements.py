"""What each statement of the sender, and each action of an operator, makes of one message. Pure.

The decisions are the product's own: ``decide``, ``weigh``, ``verdict_of`` and ``allowed_states`` are called, not copied. What
is written down here once more is what the SQL does; that it does so is tested on Postgres, step by step.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from services.api.message_states import Action, State, allowed_states
from services.sender.decide import Accept, Doubt, Fail, Hold, Policy, Retry, Send, decide
from services.sender.verdicts import NOTE, Verdict, facts_of, verdict_of
from services.sender.weigh import KnownAttempt, MessageNow, Receipts, Weighing, weigh
from tests.model.sending_state import IN_FLIGHT, NONE, Attempt, Defect, Message, Post, Queue, with_attempt
from truesend.gateways.protocol import Outcome, OutcomeKind

POLICY = Policy(max_attempts=2, backoff_base_s=1.0, backoff_max_s=1.0)
_NEVER = datetime(2026, 1, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)
Defects = Collection[Defect]


def claim_due(message: Message) -> Message:
    """A lease for a pending message."""
    token = len(message.attempts)
    return message._replace(
        status="sending",
        token=token,
        is_lease_over=False,
        started=NONE,
        is_accepted=False,
        is_unconfirmed=False,
        queue=Queue.CLAIMED,
        queue_token=token,
        attempts=(*message.attempts, Attempt()),
    )


def release_claims(message: Message) -> Message:
    """The lease given back, where nothing was started. A command of it that is on Kafka all the same fits no lease again."""
    return message._replace(
        status="pending",
        token=NONE,
        is_lease_over=False,
        queue=Queue.NOTHING,
        queue_token=NONE,
        attempts=message.attempts[:-1],
    )


def start_attempts(message: Message, token: int, defects: Defects) -> Message:
    """The start fence. Whatever it lets through is POSTed."""
    holds = message.token == token and message.status == "sending" and not message.is_lease_over
    if holds and (message.started == NONE or Defect.NO_START_FENCE in defects):
        attempt = message.attempts[token]
        started = with_attempt(message, token, attempt._replace(posts=(*attempt.posts, Post())))
        return started._replace(started=token, queue=Queue.STARTED if message.queue is Queue.CLAIMED else message.queue)
    is_alive = message.token == token and (message.status == "sending" or message.started != NONE)
    if message.queue in IN_FLIGHT and message.queue_token == token and not is_alive:
        return message._replace(queue=Queue.NOTHING, queue_token=NONE)
    return message


def finish_attempts(message: Message, number: int, kind: OutcomeKind, defects: Defects) -> Message:
    """An answer, however late: the row if the lease is still the attempt's, the attempt in any case."""
    action = _decide(kind, message.failures, defects)
    attempt = message.attempts[number]
    holds = message.status == "sending" and (message.token == number or Defect.NO_TOKEN_CHECK in defects)
    is_counted = holds and isinstance(action, Retry | Fail)
    was_known = attempt.outcome != ""
    answered = with_attempt(
        message,
        number,
        attempt._replace(outcome=kind.value, is_counted=attempt.is_counted if was_known else is_counted),
    )
    keeps_place = holds and isinstance(action, Hold | Accept | Doubt)
    if answered.queue in IN_FLIGHT and answered.queue_token == number and not keeps_place:
        answered = answered._replace(queue=Queue.NOTHING, queue_token=NONE)
    if not holds:
        return settle(answered) if kind is OutcomeKind.SENT else answered
    written = _written(answered, number, action)
    return settle(written) if written.status in {"failed", "pending"} else written


def _written(message: Message, number: int, action: object) -> Message:
    """The row, under its lease, after an action of the finaliser."""
    free = message._replace(token=NONE, is_lease_over=False, is_unconfirmed=False)
    match action:
        case Send():
            return free._replace(status="sent")
        case Accept():
            return free._replace(is_accepted=True, queue=Queue.ANSWERED)
        case Doubt():
            return free._replace(is_unconfirmed=True, queue=Queue.ANSWERED, lookup=number, absences=0)
        case Hold():
            return free._replace(status="pending", started=NONE, queue=Queue.NOTHING, queue_token=NONE)
        case Retry():
            return free._replace(status="pending", started=NONE, failures=message.failures + 1)
        case _:
            return free._replace(status="failed", failures=message.failures + 1)


def reap_leases(message: Message, defects: Defects) -> Message:
    """The lease ran out: never started is pending again, started is a doubt."""
    if message.started == NONE:
        return release_claims(message)
    if Defect.REAPER_RESETS_STARTED in defects:
        return message._replace(
            status="pending", token=NONE, is_lease_over=False, started=NONE, queue=Queue.NOTHING, queue_token=NONE
        )
    attempt = message.attempts[message.token]
    known = with_attempt(message, message.token, attempt._replace(outcome=attempt.outcome or "unconfirmed"))
    is_queued = message.queue is not Queue.NOTHING
    return known._replace(
        token=NONE,
        is_lease_over=False,
        is_unconfirmed=True,
        queue=Queue.ANSWERED if is_queued else Queue.NOTHING,
        lookup=message.started if is_queued else message.lookup,
        absences=0 if is_queued else message.absences,
    )


def reap_unconfirmed_accepts(message: Message) -> Message:
    """The confirmation of an accepted message is overdue."""
    return message._replace(is_unconfirmed=True, lookup=_last_known(message), absences=0)


def release_queue(message: Message) -> Message:
    """Its chat, or its session, is free again: release_chats, and what prune_queue finds abandoned."""
    return message._replace(queue=Queue.NOTHING, queue_token=NONE)


def expire_old(message: Message) -> Message:
    """A pending message that nobody wants any more."""
    return message._replace(status="failed")


def give_back_absent(message: Message) -> Message:
    """A look-up proved that the attempt was not sent."""
    attempt = message.attempts[message.lookup]
    is_spent = message.failures + 1 >= POLICY.max_attempts
    counted = with_attempt(message, message.lookup, attempt._replace(is_counted=True))
    return counted._replace(
        status="failed" if is_spent else "pending",
        failures=message.failures + 1,
        is_unconfirmed=False,
        is_accepted=False,
        started=message.started if is_spent else NONE,
        queue=Queue.NOTHING,
        queue_token=NONE,
        lookup=NONE,
        absences=0,
    )


def may_be_matched(message: Message, number: int) -> bool:
    """Whether what a gateway tells of an attempt finds it: by its row, or by the lease while it has none."""
    return message.attempts[number].outcome != "" or (
        message.token == number and message.started == number and message.queue_token == number
    )


def told(message: Message, number: int, attempt: Attempt) -> Message:
    """Something was told of an attempt, which ``attempt`` has: it is known from now on, and weighed."""
    return settle(with_attempt(message, number, attempt._replace(outcome=attempt.outcome or "unconfirmed")))


def settle(message: Message) -> Message:
    """The row as all that is known of its attempts makes it."""
    weighing, verdict, has_news = _weighed(
        message.status,
        message.started,
        message.retried_from if message.retries else NONE,
        message.has_arrived,
        message.failures,
        tuple(attempt._replace(posts=()) for attempt in message.attempts),
    )
    if weighing.attempt is None or not has_news:
        return message
    return _applied(message, weighing, verdict)


def _applied(message: Message, weighing: Weighing, verdict: Verdict) -> Message:
    assert weighing.attempt is not None
    number = next(n for n in range(len(message.attempts)) if _started_at(n) == weighing.attempt.started_at)
    is_again = verdict.action in {"retry", "hold"}
    status = {"send": "sent", "fail": "failed", "retry": "pending", "hold": "pending"}
    weighed = message._replace(
        status=status.get(verdict.action, message.status),
        failures=max(message.failures + verdict.count_change, 0),
        is_accepted=message.is_accepted and not is_again,
        is_unconfirmed=message.is_unconfirmed and verdict.action == NOTE,
        started=NONE if is_again else number,
        has_arrived=message.has_arrived or weighing.delivered_at is not None,
        token=NONE,
        is_lease_over=False,
    )
    if verdict.count_change:
        attempt = weighed.attempts[number]
        weighed = with_attempt(weighed, number, attempt._replace(is_counted=verdict.count_change > 0))
    if verdict.action == NOTE:
        return weighed
    weighed = weighed._replace(lookup=NONE, absences=0)
    if message.queue in IN_FLIGHT and message.queue_token == number:
        return weighed
    return weighed._replace(queue=Queue.NOTHING, queue_token=NONE)


@cache
def _weighed(
    status: str, started: int, retried_from: int, has_arrived: bool, failures: int, attempts: tuple[Attempt, ...]
) -> tuple[Weighing, Verdict, bool]:
    """What the product's own functions say, and whether there is anything to write."""
    now = MessageNow(
        status=status,
        started_at=_started_at(started),
        retried_at=None if retried_from == NONE else _NEVER + timedelta(minutes=2 * retried_from),
        delivered_at=_NEVER if has_arrived else None,
    )
    known = [_known(number, attempt) for number, attempt in enumerate(attempts) if attempt.outcome]
    weighing = weigh(now, known)
    verdict = verdict_of(weighing, status=status, failed_attempts=failures, policy=POLICY, dice=_no_dice)
    facts = facts_of(_NOBODY, verdict, weighing)
    return weighing, verdict, bool(facts) or weighing.delivered_at is not None


def message_state(message: Message) -> State:
    """What truesend.message_state and truesend.may_have_left tell of the row."""
    if message.status == "sending":
        if message.token != NONE:
            return State.IN_FLIGHT
        if message.is_unconfirmed:
            return State.UNCONFIRMED
        return State.ACCEPTED if message.is_accepted else State.FOREIGN
    if message.status == "sent" and message.has_arrived:
        return State.DELIVERED
    if message.status == "cancelled" and _may_have_left(message):
        return State.CANCELLED_LATE
    return State(message.status)


def _may_have_left(message: Message) -> bool:
    since = message.attempts[message.retried_from :]
    if any(attempt.outcome in {"sent", "accepted", "unconfirmed"} for attempt in since):
        return True
    return message.token != NONE and message.started != NONE and not message.attempts[message.token].outcome


def may_retry(message: Message, *, force: bool, defects: Defects) -> bool:
    """Whether an operator may have it tried again."""
    state = message_state(message)
    if state is State.CANCELLED_LATE and Defect.CANCEL_FORGETS in defects:
        state = State.CANCELLED
    if Defect.RETRY_WITHOUT_FORCE in defects and state is State.UNCONFIRMED:
        return True
    return state in allowed_states(Action.RETRY, force=force)


def retry_messages(message: Message, *, force: bool) -> Message:
    """An operator has it tried again."""
    attempts = tuple(attempt._replace(is_counted=False) for attempt in message.attempts)
    if message.token != NONE and message.started == NONE:
        attempts = attempts[:-1]
    return message._replace(
        status="pending",
        failures=0,
        retried_from=len(attempts),
        started=NONE,
        is_accepted=False,
        is_unconfirmed=False,
        token=NONE,
        is_lease_over=False,
        queue=Queue.NOTHING,
        queue_token=NONE,
        lookup=NONE,
        absences=0,
        attempts=attempts,
        retries=message.retries + 1,
        forced_retries=message.forced_retries + (1 if force else 0),
    )


def cancel_message(message: Message) -> Message:
    """An operator does not want it sent."""
    return message._replace(status="cancelled", queue=Queue.NOTHING, queue_token=NONE, lookup=NONE, absences=0)


def mark_delivered(message: Message) -> Message:
    """An operator knows that it arrived."""
    return message._replace(
        status="sent",
        has_arrived=True,
        is_unconfirmed=False,
        queue=Queue.NOTHING,
        queue_token=NONE,
        lookup=NONE,
        absences=0,
        is_marked=True,
    )


def check_message(message: Message) -> Message:
    """An operator has the gateway asked now."""
    return message if message.lookup != NONE else message._replace(lookup=_last_known(message), absences=0)


def _decide(kind: OutcomeKind, failures: int, defects: Defects) -> object:
    if kind is OutcomeKind.ACCEPTED and Defect.SENT_ON_ACCEPTED in defects:
        return Send()
    if kind is OutcomeKind.UNCONFIRMED and Defect.TIMEOUT_IS_RETRIED in defects:
        return Retry(0.0, "")
    return decide(Outcome(kind), failed_attempts=failures, policy=POLICY, random=_no_dice)


def _known(number: int, attempt: Attempt) -> KnownAttempt:
    called = "callback" if attempt.is_called_sent else "lookup" if attempt.is_found else None
    arrived = Receipts(_started_at(number), 1, 0, has_news=True) if attempt.has_arrived else Receipts()
    return KnownAttempt(
        lease_token=None,
        started_at=_started_at(number),
        confirmed_by="http" if attempt.outcome == "sent" else called,
        failed=Outcome(OutcomeKind(attempt.called_failed), "called") if attempt.called_failed else None,
        rejected=Outcome(OutcomeKind.PERMANENT, "rejected") if attempt.is_rejected else None,
        delivered=arrived,
        is_counted=attempt.is_counted,
    )


def _last_known(message: Message) -> int:
    return max(number for number, attempt in enumerate(message.attempts) if attempt.outcome)


def _started_at(number: int) -> datetime | None:
    return None if number == NONE else _NEVER + timedelta(minutes=2 * number + 1)


def _no_dice() -> float:
    return 0.5
