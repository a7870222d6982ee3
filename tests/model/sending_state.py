"""What the sending model knows of a message: its row, its queue entry, its look-up, its attempts, and what truly happened.

Everything is a value. Numbers of attempts stand for lease tokens and for start times alike: a later attempt has a larger one.
"""

from enum import StrEnum
from typing import NamedTuple

NONE = -1


class Reality(StrEnum):
    """What truly became of one POST. Only the gateway knows."""

    FLYING = "flying"  # on its way, or at a gateway that has not made up its mind
    DELIVERED = "delivered"
    REJECTED = "rejected"  # confirmed by the gateway, and rejected by WhatsApp later on
    DROPPED = "dropped"  # taken by the gateway, and never sent
    REFUSED = "refused"  # never taken: refused, or it never arrived


class Post(NamedTuple):
    """One request to the gateway. ``is_awaited``: a sender lives that waits for its answer."""

    reality: Reality = Reality.FLYING
    is_awaited: bool = True


class Attempt(NamedTuple):
    """One claim that was started, or holds the lease. ``outcome`` is its row's in message_attempts, empty without a row."""

    posts: tuple[Post, ...] = ()
    outcome: str = ""
    is_counted: bool = False
    is_called_sent: bool = False
    is_found: bool = False
    called_failed: str = ""
    is_rejected: bool = False
    has_arrived: bool = False


class Queue(StrEnum):
    """Its row in dispatch_queue. One that is only staged is as good as none."""

    NOTHING = "nothing"
    CLAIMED = "claimed"
    STARTED = "started"
    ANSWERED = "answered"


IN_FLIGHT = frozenset({Queue.CLAIMED, Queue.STARTED})


class Message(NamedTuple):
    """One message. ``token``, ``started``, ``queue_token`` and ``lookup`` are numbers of attempts."""

    status: str = "pending"
    token: int = NONE
    is_lease_over: bool = False
    started: int = NONE
    is_accepted: bool = False
    is_unconfirmed: bool = False
    has_arrived: bool = False
    failures: int = 0
    retried_from: int = 0
    queue: Queue = Queue.NOTHING
    queue_token: int = NONE
    lookup: int = NONE
    absences: int = 0
    attempts: tuple[Attempt, ...] = ()
    # what only the model remembers
    retries: int = 0
    forced_retries: int = 0
    cancels: int = 0
    is_marked: bool = False


State = tuple[Message, ...]


class Defect(StrEnum):
    """What can be broken on purpose, to see that the model would notice."""

    NO_START_FENCE = "a record that comes twice starts the attempt twice"
    NO_TOKEN_CHECK = "an answer is written whoever holds the lease"
    REAPER_RESETS_STARTED = "a lease that ran out makes the message pending, started or not"
    SENT_ON_ACCEPTED = "accepted is taken for sent"
    TIMEOUT_IS_RETRIED = "an attempt without an answer is tried again"
    RETRY_WITHOUT_FORCE = "an operator's plain retry takes messages in doubt, too"
    CANCEL_FORGETS = "what the CRM cancelled is retried as if it had never left"
    ANY_FINDING_PROVES = "whatever a look-up finds in the chat is taken for the message"
    TWO_AT_ONCE = "the start fence does not ask whether the session is busy"
    CHAT_IS_NOT_HELD = "a claim does not ask whether the chat awaits a confirmation"
    NOBODY_REAPS = "leases run out, and nobody looks"
    ACCEPTS_WAIT_FOR_EVER = "an accepted message waits for its confirmation for ever"
    FIRST_ABSENCE_PROVES = "one absence proves that a message was not sent"


def changed(state: State, number: int, message: Message) -> State:
    """The state with one message replaced."""
    return (*state[:number], message, *state[number + 1 :])


def with_attempt(message: Message, number: int, attempt: Attempt) -> Message:
    """The message with one attempt replaced."""
    attempts = message.attempts
    return message._replace(attempts=(*attempts[:number], attempt, *attempts[number + 1 :]))


def with_post(message: Message, number: int, place: int, post: Post) -> Message:
    """The message with one POST replaced."""
    attempt = message.attempts[number]
    posts = (*attempt.posts[:place], post, *attempt.posts[place + 1 :])
    return with_attempt(message, number, attempt._replace(posts=posts))


def realities(message: Message, since: int = 0) -> list[Reality]:
    """What became of its POSTs, from attempt ``since`` on."""
    return [post.reality for attempt in message.attempts[since:] for post in attempt.posts]


def is_known_sent(attempt: Attempt) -> bool:
    """Whether something that Truesend was told proves the attempt, and nothing that it was told outweighs it."""
    if attempt.has_arrived:
        return True
    return not attempt.is_rejected and (attempt.outcome == "sent" or attempt.is_called_sent or attempt.is_found)
