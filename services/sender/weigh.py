"""What the evidence makes of a message. Pure: it sees a set, never the order in which it came.

For one attempt a receipt outweighs a rejection, a rejection outweighs a confirmation, a confirmation outweighs a failed
callback. Of several attempts, one that was sent outweighs the others, unless a newer one is on its way: then the newer
one's outcome is awaited, and weighed together with the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from uuid import UUID

from truesend.gateways.protocol import Outcome, OutcomeKind

_BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)
EACH_READER_UP_TO = 20
THEN_EVERY = 50


class Strength(IntEnum):
    """How much is known of one attempt, weakest first."""

    NOTHING = 0
    FAILED = 1
    CONFIRMED = 2
    REJECTED = 3
    ARRIVED = 4


@dataclass(frozen=True, slots=True)
class Receipts:
    """Who told that it was delivered (``to`` counts readers once, those who read included) or read.

    ``announced``: how many of them the facts have counted; ``has_news``: whether one of this kind is not among them.
    """

    first_at: datetime | None = None
    to: int = 0
    announced: int = 0
    has_news: bool = False


@dataclass(frozen=True, slots=True)
class KnownAttempt:
    """One attempt, and all that was told of it. ``started_at`` is None for what another program sent.

    ``is_counted``: the message's retry_count counts it as failed.
    """

    lease_token: UUID | None
    started_at: datetime | None
    confirmed_by: str | None = None  # http, callback, lookup
    failed: Outcome | None = None
    rejected: Outcome | None = None
    delivered: Receipts = field(default_factory=Receipts)
    read: Receipts = field(default_factory=Receipts)
    is_counted: bool = False

    @property
    def strength(self) -> Strength:
        """What outweighs the rest."""
        if self.delivered.to:
            return Strength.ARRIVED
        if self.rejected is not None:
            return Strength.REJECTED
        if self.confirmed_by is not None:
            return Strength.CONFIRMED
        # a failure that may have been none proves nothing
        failed = self.failed is not None and self.failed.kind is not OutcomeKind.UNCONFIRMED
        return Strength.FAILED if failed else Strength.NOTHING


@dataclass(frozen=True, slots=True)
class MessageNow:
    """The row, as far as it matters. ``started_at`` is the current attempt's; ``retried_at`` an operator's last retry."""

    status: str
    started_at: datetime | None
    retried_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    vps_error: str | None = None


@dataclass(frozen=True, slots=True)
class BecomesSent:
    """It was sent. ``is_uncounted``: an attempt that was counted as failed was none."""

    confirmed_by: str
    is_uncounted: bool = False


@dataclass(frozen=True, slots=True)
class BecomesRejected:
    """WhatsApp refused what had been taken. ``is_correction``: it said sent before."""

    outcome: Outcome
    is_correction: bool
    is_counted_now: bool


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """The attempt under way failed: decided like an answer."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RetryStands:
    """What an operator's retry was taken back for was rejected: the message waits for the retry again."""


Change = BecomesSent | BecomesRejected | AttemptFailed | RetryStands


@dataclass(frozen=True, slots=True)
class Weighing:
    """What to write. ``attempt`` is the one it follows from; times are None where they stay as they are."""

    attempt: KnownAttempt | None = None
    change: Change | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    announces_delivered: bool = False
    announces_read: bool = False


def weigh(message: MessageNow, attempts: Sequence[KnownAttempt]) -> Weighing:
    """What the message becomes by all that is known of its attempts."""
    attempt = _decisive(message, attempts)
    if attempt is None:
        return Weighing()
    change = _change(message, attempt)
    is_sent = isinstance(change, BecomesSent) or (message.status == "sent" and change is None)
    if not is_sent:
        return Weighing(attempt, change)
    delivered_at = _earlier(attempt.delivered.first_at, message.delivered_at, attempt)
    read_at = _earlier(attempt.read.first_at, message.read_at, attempt)
    return Weighing(
        attempt,
        change,
        delivered_at,
        read_at,
        announces_delivered=_worth_telling(attempt.delivered),
        announces_read=_worth_telling(attempt.read),
    )


def _decisive(message: MessageNow, attempts: Sequence[KnownAttempt]) -> KnownAttempt | None:
    if message.status not in {"pending", "sending", "sent", "failed"} or not attempts:
        return None
    current = next((a for a in attempts if a.started_at == message.started_at and a.started_at is not None), None)
    if message.status == "sending" and message.started_at is not None and not _has_failed(current):
        return current
    proved = [a for a in attempts if a.strength in {Strength.CONFIRMED, Strength.ARRIVED}]
    if proved:
        return max(proved, key=lambda attempt: (attempt.strength, _start(attempt)))
    # a sent message follows from the attempt that it was sent by, whatever was tried after that
    if message.status in {"sending", "sent"} and current is not None:
        return current
    latest = max(attempts, key=_start)
    return None if message.status != "sent" and _is_superseded(message, latest) else latest


def _has_failed(attempt: KnownAttempt | None) -> bool:
    return attempt is not None and attempt.strength in {Strength.FAILED, Strength.REJECTED}


def _change(message: MessageNow, attempt: KnownAttempt) -> Change | None:
    strength = attempt.strength
    if strength in {Strength.CONFIRMED, Strength.ARRIVED}:
        return None if message.status == "sent" else _sent(message, attempt)
    if strength is Strength.REJECTED and attempt.rejected is not None:
        return _rejected(message, attempt, attempt.rejected)
    is_under_way = message.status == "sending" and message.started_at is not None
    if strength is Strength.FAILED and attempt.failed is not None and is_under_way:
        return AttemptFailed(attempt.failed)
    return None


def _sent(message: MessageNow, attempt: KnownAttempt) -> BecomesSent:
    by_receipt = attempt.rejected is not None or attempt.confirmed_by is None
    return BecomesSent(
        "receipt" if by_receipt or attempt.confirmed_by is None else attempt.confirmed_by,
        is_uncounted=attempt.is_counted and not _is_superseded(message, attempt),
    )


def _rejected(message: MessageNow, attempt: KnownAttempt, outcome: Outcome) -> BecomesRejected | RetryStands | None:
    """A message that somebody has seen delivered stays sent; one that failed otherwise learns the better reason."""
    if message.status == "sent" and message.delivered_at is not None:
        return None
    if _is_superseded(message, attempt):
        return RetryStands()
    if message.status == "failed" and (message.vps_error or "") == outcome.gateway_words:
        return None
    return BecomesRejected(outcome, message.status == "sent", is_counted_now=not attempt.is_counted)


def _is_superseded(message: MessageNow, attempt: KnownAttempt) -> bool:
    return message.retried_at is not None and _start(attempt) < message.retried_at


def _start(attempt: KnownAttempt) -> datetime:
    return attempt.started_at or _BEFORE_ALL


def _earlier(told_at: datetime | None, known: datetime | None, attempt: KnownAttempt) -> datetime | None:
    """The earliest time that can be believed: nothing arrives before it is sent."""
    if told_at is None:
        return None
    believed = max(told_at, _start(attempt))
    return believed if known is None or believed < known else None


def _worth_telling(receipts: Receipts) -> bool:
    """Each reader of a small group; of a large one every fiftieth, so that a thousand readers are not a thousand facts."""
    if not receipts.has_news:
        return False
    if receipts.to <= EACH_READER_UP_TO:
        return receipts.to > receipts.announced
    return receipts.announced < EACH_READER_UP_TO or receipts.to // THEN_EVERY > receipts.announced // THEN_EVERY
