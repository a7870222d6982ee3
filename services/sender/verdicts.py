"""From a weighing to what is written: one row of ``apply_weighing``, and its facts. Pure, but for the dice of a retry."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from services.sender.decide import Fail, Hold, Policy, Retry, decide
from services.sender.weigh import AttemptFailed, BecomesRejected, BecomesSent, RetryStands, Weighing

REJECTED = "WhatsApp rejected the message after the gateway had taken it."
NOTE = "note"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the row. ``note`` leaves its status; the other actions are the finaliser's."""

    action: str
    outcome: str | None = None
    count_change: int = 0
    delay_s: float | None = None
    error_message: str | None = None
    words: str | None = None
    hold_reason: str | None = None
    is_correction: bool = False
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about a message; ``number`` counts the row's versions on from the one that was weighed."""

    message_id: UUID
    number: int
    type: str
    outcome: str | None
    correction: bool
    confirmed_by: str | None
    delivered_to: int | None
    read_by: int | None


FACT_TYPES = {
    "send": "message.sent",
    "fail": "message.failed",
    "retry": "message.retry_scheduled",
    "hold": "message.held",
}


def verdict_of(
    weighing: Weighing, *, status: str, failed_attempts: int, policy: Policy, dice: Callable[[], float]
) -> Verdict:
    """The verdict on a message of this ``status``, after ``failed_attempts`` that failed before."""
    match weighing.change:
        case BecomesSent(confirmed_by=confirmed_by, is_uncounted=is_uncounted):
            return Verdict(
                "send",
                outcome="sent",
                count_change=-1 if is_uncounted else 0,
                is_correction=status != "sending",
                confirmed_by=confirmed_by,
            )
        case BecomesRejected() as rejected:
            return _rejected(rejected, policy, dice)
        case AttemptFailed() as failed:
            return _failed(failed, failed_attempts, policy, dice)
        case RetryStands():
            return Verdict("retry", delay_s=0.0, is_correction=True)
        case None:
            return Verdict(NOTE)


def facts_of(message_id: UUID, verdict: Verdict, weighing: Weighing) -> list[Fact]:
    """What is told, in order: the change, then the receipts that are worth a fact."""
    types = [FACT_TYPES[verdict.action]] if verdict.action != NOTE else []
    types += ["message.delivered"] if weighing.announces_delivered else []
    types += ["message.read"] if weighing.announces_read else []
    return [_fact(message_id, number, type_, verdict, weighing) for number, type_ in enumerate(types, start=1)]


def _fact(message_id: UUID, number: int, type_: str, verdict: Verdict, weighing: Weighing) -> Fact:
    attempt = weighing.attempt
    is_receipt = type_ in {"message.delivered", "message.read"} and attempt is not None
    return Fact(
        message_id=message_id,
        number=number,
        type=type_,
        outcome=None if is_receipt else verdict.outcome,
        correction=not is_receipt and verdict.is_correction,
        confirmed_by=None if is_receipt else verdict.confirmed_by,
        delivered_to=attempt.delivered.to if is_receipt and attempt else None,
        read_by=attempt.read.to if is_receipt and attempt else None,
    )


def _rejected(rejected: BecomesRejected, policy: Policy, dice: Callable[[], float]) -> Verdict:
    """A restriction is said as such; its hold is the session's, and was set when it was told."""
    match decide(rejected.outcome, failed_attempts=0, policy=policy, random=dice):
        case Fail(error_message=error_message, restricted_s=restricted_s) if restricted_s > 0:
            said = error_message
        case _:
            said = REJECTED
    return Verdict(
        "fail",
        outcome=str(rejected.outcome.kind),
        count_change=1 if rejected.is_counted_now else 0,
        error_message=said,
        words=rejected.outcome.gateway_words or None,
        is_correction=rejected.is_correction,
    )


def _failed(failed: AttemptFailed, failed_attempts: int, policy: Policy, dice: Callable[[], float]) -> Verdict:
    kind, words = str(failed.outcome.kind), failed.outcome.gateway_words or None
    match decide(failed.outcome, failed_attempts=failed_attempts, policy=policy, random=dice):
        case Retry(delay_s=delay_s, error_message=error_message):
            return Verdict("retry", kind, 1, delay_s=delay_s, error_message=error_message, words=words)
        case Hold(reason=reason, error_message=error_message):
            return Verdict("hold", kind, error_message=error_message, words=words, hold_reason=reason)
        case Fail(error_message=error_message):
            return Verdict("fail", kind, 1, error_message=error_message, words=words)
        case _:
            return Verdict(NOTE)
