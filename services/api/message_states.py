"""What an operator may do to a message, decided from where the message stands. Pure."""

from enum import StrEnum


class State(StrEnum):
    """Where a message stands; the function truesend.message_state tells it from the row."""

    PENDING = "pending"
    IN_FLIGHT = "in_flight"  # being sent at this moment
    ACCEPTED = "accepted"  # the gateway took it; its confirmation is awaited
    UNCONFIRMED = "unconfirmed"  # it may have been sent: nobody knows
    FOREIGN = "foreign"  # another program left it in `sending`
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    CANCELLED_LATE = "cancelled_late"  # the CRM cancelled it while it was being sent
    ERASED = "erased"  # what it said is gone, by its age or at a person's wish; told by who retries only


class Action(StrEnum):
    """What an operator asks for."""

    RETRY = "retry"
    CANCEL = "cancel"
    CHECK = "check"
    MARK_DELIVERED = "mark_delivered"


_ALLOWED = {
    Action.RETRY: {State.FAILED, State.CANCELLED},
    Action.CANCEL: {State.PENDING},
    Action.CHECK: {State.ACCEPTED, State.UNCONFIRMED},
    Action.MARK_DELIVERED: {State.FAILED, State.UNCONFIRMED, State.ACCEPTED, State.SENT},
}

_IN_FLIGHT = "The message is being sent at this moment. Wait for the gateway's answer."
_SENT = "The message was sent."
_DELIVERED = "The message was delivered."
_FORCE = 'retry it with "force": true'
_ERASED = "What the message said was erased."
_PENDING = "The message is still waiting to be sent."
_FOREIGN = "Another program left the message in sending. It becomes unconfirmed when it is too old to be under way."
_REFUSED = {
    Action.RETRY: {
        State.PENDING: f"{_PENDING} Its held_reason says what it waits for; cancel it first to change it.",
        State.IN_FLIGHT: _IN_FLIGHT,
        State.ACCEPTED: "The gateway took the message and has yet to confirm it. Check it, or wait until it is unconfirmed.",
        State.UNCONFIRMED: (
            "The message may have been sent already: retried, it may arrive twice. Look into the chat, or check it; then"
            f" {_FORCE}, or mark it delivered."
        ),
        State.CANCELLED_LATE: (
            "The message was cancelled while it was being sent: retried, it may arrive twice. Look into the chat; then"
            f" {_FORCE}."
        ),
        State.FOREIGN: _FOREIGN,
        State.SENT: f"{_SENT} There is nothing to retry; post a new message to send it again.",
        State.DELIVERED: f"{_DELIVERED} There is nothing to retry; post a new message to send it again.",
        State.ERASED: f"{_ERASED} There is nothing left to send; post a new message.",
    },
    Action.CANCEL: {
        State.IN_FLIGHT: f"{_IN_FLIGHT} It cannot be called back.",
        State.ACCEPTED: "The gateway took the message already. It cannot be called back.",
        State.UNCONFIRMED: "The message may have been sent already. It cannot be called back; check or mark it.",
        State.FOREIGN: f"{_FOREIGN} It cannot be called back.",
        State.SENT: f"{_SENT} It cannot be called back.",
        State.DELIVERED: f"{_DELIVERED} It cannot be called back.",
        State.FAILED: "The message failed. It will not be sent unless somebody retries it.",
        State.CANCELLED: "The message is cancelled already.",
        State.CANCELLED_LATE: "The message is cancelled already.",
        State.ERASED: f"{_ERASED} It came to its end before.",
    },
    Action.CHECK: {
        State.PENDING: f"{_PENDING} There is nothing to ask the gateway about.",
        State.IN_FLIGHT: _IN_FLIGHT,
        State.FOREIGN: _FOREIGN,
        State.SENT: f"{_SENT} There is no doubt to settle.",
        State.DELIVERED: f"{_DELIVERED} There is no doubt to settle.",
        State.FAILED: "The message failed. Retry it, or mark it delivered if it did arrive.",
        State.CANCELLED: "The message is cancelled. There is no doubt to settle.",
        State.CANCELLED_LATE: "The message is cancelled. There is no doubt to settle.",
        State.ERASED: f"{_ERASED} There is no doubt to settle.",
    },
    Action.MARK_DELIVERED: {
        State.PENDING: f"{_PENDING} Cancel it, or wait.",
        State.IN_FLIGHT: _IN_FLIGHT,
        State.FOREIGN: _FOREIGN,
        State.DELIVERED: "The message is marked as delivered already.",
        State.CANCELLED: "The message is cancelled. Only one that was sent can have arrived.",
        State.CANCELLED_LATE: "The message is cancelled. Only one that was sent can have arrived.",
        State.ERASED: f"{_ERASED} Its end stays what it was.",
    },
}


def allowed_states(action: Action, *, force: bool = False) -> frozenset[State]:
    """From which states the action may be taken. ``force`` has what may arrive twice tried again, too."""
    forced = {State.UNCONFIRMED, State.CANCELLED_LATE} if force and action is Action.RETRY else set()
    return frozenset(_ALLOWED[action] | forced)


def refusal(action: Action, state: State) -> str:
    """Why the action is refused in this state, and what to do instead. Raises KeyError where it is allowed."""
    return _REFUSED[action][state]
