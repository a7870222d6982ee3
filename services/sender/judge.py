"""What a look-up proves. Pure.

"Found" proves sent only when it is newer than the attempt and can be no other message of ours. "Not found" proves nothing
where a gateway forgets at a restart, which is when most doubts arise: by default such a message waits for the operator.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from truesend.gateways.protocol import LookupResult, LookupVerdict
from truesend.settings import LookupAbsence


@dataclass(frozen=True, slots=True)
class DoubtfulMessage:
    """A message in doubt, and what is known of its chat.

    ``is_known`` and ``is_ambiguous`` say of what the gateway found: it is the id of another message of ours; it could be
    another message of ours. ``exclusive`` is False where others send through the same sessions.
    """

    attempt_started_at: datetime
    gateway_message_id: str | None
    last_absence_at: datetime | None
    lookups: int
    exclusive: bool
    is_known: bool
    is_ambiguous: bool


@dataclass(frozen=True, slots=True)
class LookupPolicy:
    """What to do about absence, and how patient to be. Times are seconds."""

    absence: LookupAbsence
    settle_s: float
    longest_pause_s: float = 600.0


@dataclass(frozen=True, slots=True)
class ProvedSent:
    """It was sent."""

    gateway_message_id: str | None


@dataclass(frozen=True, slots=True)
class ProvedAbsent:
    """The gateway remembers, and twice did not know it: the attempt failed."""


@dataclass(frozen=True, slots=True)
class StillInDoubt:
    """Nothing is proved; ask again in ``delay_s``. ``absent`` counts as one absence."""

    delay_s: float
    error_message: str
    absent: bool = False


Judgement = ProvedSent | ProvedAbsent | StillInDoubt

NOT_FOUND = "Unconfirmed: the gateway does not know of it, which proves nothing. Check the chat, then retry or mark it."
CANNOT_TELL = "Unconfirmed: the gateway cannot say whether it was sent. Check the chat, then retry or mark it."
SETTLING = "Unconfirmed: the gateway does not know of it yet; it is asked once more before it is sent again."
FIRST_PAUSE_S = 5.0
# A time that has not come yet is the word of a clock that is wrong, and makes no message newer than another.
CLOCK_TRUST = timedelta(seconds=5)


def judge(message: DoubtfulMessage, result: LookupResult, *, now: datetime, policy: LookupPolicy) -> Judgement:
    """The judgement on one look-up, made at ``now`` by the database's clock."""
    if result.verdict is LookupVerdict.CANNOT_TELL:
        return StillInDoubt(_pause_s(message, policy), CANNOT_TELL)
    if result.verdict is LookupVerdict.FOUND:
        return _judge_finding(message, result, now, policy)
    return _judge_absence(message, now, policy)


def _judge_finding(message: DoubtfulMessage, result: LookupResult, now: datetime, policy: LookupPolicy) -> Judgement:
    own_id = message.gateway_message_id
    if own_id is not None and result.gateway_message_id == own_id:
        return ProvedSent(own_id) if result.confirmed else StillInDoubt(_pause_s(message, policy), CANNOT_TELL)
    if result.sent_at is None or result.sent_at > now + CLOCK_TRUST or not message.exclusive:
        return StillInDoubt(_pause_s(message, policy), CANNOT_TELL)
    if not _is_newer(result.sent_at, message.attempt_started_at):
        return _judge_absence(message, now, policy)
    if message.is_known or message.is_ambiguous or own_id is not None or not result.confirmed:
        return StillInDoubt(_pause_s(message, policy), CANNOT_TELL)
    return ProvedSent(result.gateway_message_id)


def _judge_absence(message: DoubtfulMessage, now: datetime, policy: LookupPolicy) -> Judgement:
    if policy.absence is LookupAbsence.OPERATOR:
        return StillInDoubt(_pause_s(message, policy), NOT_FOUND, absent=True)
    if message.last_absence_at is None:
        return StillInDoubt(policy.settle_s, SETTLING, absent=True)
    settled_for_s = (now - message.last_absence_at).total_seconds()
    if settled_for_s < policy.settle_s:
        return StillInDoubt(policy.settle_s - settled_for_s, SETTLING)
    return ProvedAbsent()


def _is_newer(found_at: datetime, started_at: datetime) -> bool:
    """A gateway that counts whole seconds reports a moment up to a second early."""
    if found_at.microsecond == 0:
        return found_at >= started_at.replace(microsecond=0)
    return found_at >= started_at


def _pause_s(message: DoubtfulMessage, policy: LookupPolicy) -> float:
    """Twice as long each time: late evidence is still found, and no gateway is pestered."""
    exponent = min(max(message.lookups - 1, 0), 20)
    return float(min(policy.longest_pause_s, max(policy.settle_s, FIRST_PAUSE_S) * 2.0**exponent))
