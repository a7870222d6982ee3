"""What to do about an outcome. Pure: no clock, no dice, no database of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from truesend.gateways.protocol import Outcome, OutcomeKind

LONGEST_EXPONENT = 30


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the sender is. Times are seconds."""

    max_attempts: int
    backoff_base_s: float
    backoff_max_s: float
    restriction_hold_s: float = 900.0


@dataclass(frozen=True, slots=True)
class HoldPolicy:
    """How long a session is held after a send found it down: doubling from ``base_s`` to ``max_s``."""

    base_s: float
    max_s: float


@dataclass(frozen=True, slots=True)
class Send:
    """Sent, on the gateway's confirmation."""


@dataclass(frozen=True, slots=True)
class Accept:
    """Taken by the gateway; something later will confirm it."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed and counts; the next may start in ``delay_s``."""

    delay_s: float
    error_message: str


@dataclass(frozen=True, slots=True)
class Hold:
    """The session cannot send now. The attempt does not count; the session waits."""

    reason: str
    error_message: str


@dataclass(frozen=True, slots=True)
class Fail:
    """Final. ``restricted_s`` above 0 holds the session for that long, since WhatsApp limits its number."""

    error_message: str
    restricted_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """It may have been sent. Nothing is sent again until the gateway, or a person, says what became of it."""

    error_message: str


Action = Send | Accept | Retry | Hold | Fail | Doubt

DOUBT_MESSAGE = "Unconfirmed: the gateway did not say whether it was sent. It is being looked up, and not sent again."
SESSION_DOWN_MESSAGE = "The session is not connected at its gateway. The message waits, and leaves when it is back."
CONFIG_MESSAGE = "The gateway refused Truesend's key or settings. The message waits until they are mended."


def decide(outcome: Outcome, *, failed_attempts: int, policy: Policy, random: Callable[[], float]) -> Action:
    """The action for one outcome of an attempt, after ``failed_attempts`` earlier ones that failed.

    ``random`` gives a number in [0, 1) and spreads the retries (full jitter).
    """
    match outcome.kind:
        case OutcomeKind.SENT:
            return Send()
        case OutcomeKind.ACCEPTED:
            return Accept()
        case OutcomeKind.UNCONFIRMED:
            return Doubt(DOUBT_MESSAGE)
        case OutcomeKind.SESSION_DOWN:
            return Hold("session_down", SESSION_DOWN_MESSAGE)
        case OutcomeKind.CONFIG_ERROR:
            return Hold("gateway_refuses_us", CONFIG_MESSAGE)
        case OutcomeKind.RESTRICTED:
            pause_s = _bounded_wish(outcome.retry_after_s, policy) or policy.restriction_hold_s
            return Fail("WhatsApp restricts this number: the message was refused, and is not tried again.", pause_s)
        case OutcomeKind.PERMANENT:
            return Fail("The gateway refused this message for good.")
        case OutcomeKind.TRANSIENT | OutcomeKind.NEVER_TRANSMITTED:
            return _retry_or_fail(outcome, failed_attempts, policy, random)


def backoff_s(failed_attempts: int, policy: Policy, random: Callable[[], float]) -> float:
    """Exponential, with full jitter: somewhere between nothing and base · 2^failures, at most ``backoff_max_s``."""
    ceiling = min(policy.backoff_max_s, policy.backoff_base_s * 2.0 ** min(failed_attempts, LONGEST_EXPONENT))
    return ceiling * random()


def _retry_or_fail(outcome: Outcome, failed_attempts: int, policy: Policy, random: Callable[[], float]) -> Action:
    attempt = failed_attempts + 1
    why = (
        "The gateway could not be reached"
        if outcome.kind is OutcomeKind.NEVER_TRANSMITTED
        else "The gateway could not send it"
    )
    if attempt >= policy.max_attempts:
        return Fail(f"{why}: given up after {attempt} attempts.")
    delay_s = max(backoff_s(failed_attempts, policy, random), _bounded_wish(outcome.retry_after_s, policy))
    return Retry(delay_s, f"{why}: attempt {attempt} of {policy.max_attempts} failed, trying again.")


def _bounded_wish(retry_after_s: float | None, policy: Policy) -> float:
    """The gateway's own wish, within bounds: it may make us wait, not for ever."""
    return min(max(retry_after_s or 0.0, 0.0), policy.backoff_max_s)
