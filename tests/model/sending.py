"""Claim, start, POST, answer, confirm, reap, look up, and whoever interferes: one session's messages in every order.

Senders have no names here: whatever one of them may do, any may, as often as it likes, with a record of any age. So two
senders, or twenty, and a Kafka that delivers late, twice or in another order, are all in it. A sender may die at any moment:
its POST goes on without it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from services.api.message_states import Action, allowed_states
from tests.model import sending_statements as statements
from tests.model.exploration import Step
from tests.model.sending_state import (
    IN_FLIGHT,
    NONE,
    Attempt,
    Defect,
    Message,
    Post,
    Queue,
    Reality,
    State,
    changed,
    is_known_sent,
    realities,
    with_attempt,
    with_post,
)
from truesend.gateways.protocol import OutcomeKind

# What each action stands for, from the root of the repository. What only the world does has no file.
STANDS_FOR = {
    "claim": ("db/queries/sender/stage_due.sql", "db/queries/sender/claim_due.sql"),
    "give_back": ("db/queries/sender/release_claims.sql",),
    "start": ("db/queries/sender/start_attempts.sql",),
    "start_again": ("db/queries/sender/start_attempts.sql",),
    "answer": ("services/sender/decide.py", "db/queries/sender/finish_attempts.sql"),
    "reap": ("db/queries/sender/reap_leases.sql",),
    "confirmation_is_overdue": ("db/queries/sender/reap_unconfirmed_accepts.sql",),
    "release_chat": ("db/queries/sender/release_chats.sql",),
    "prune": ("db/queries/sender/prune_queue.sql",),
    "expire": ("db/queries/sender/expire_old.sql",),
    "callback": ("services/sender/weigh.py", "db/queries/sender/apply_weighing.sql"),
    "failed_callback": ("services/sender/weigh.py", "db/queries/sender/apply_weighing.sql"),
    "rejection": ("services/sender/weigh.py", "db/queries/sender/apply_weighing.sql"),
    "receipt": ("services/sender/weigh.py", "db/queries/sender/apply_weighing.sql"),
    "look_up_finds": ("services/sender/judge.py", "db/queries/sender/record_finding.sql"),
    "look_up_finds_another": ("services/sender/judge.py", "db/queries/sender/other_claims_on_finding.sql"),
    "look_up_finds_nothing": ("services/sender/judge.py", "db/queries/sender/give_back_absent.sql"),
    "operator_retries": ("services/api/message_states.py", "db/queries/api/retry_messages.sql"),
    "operator_forces_retry": ("services/api/message_states.py", "db/queries/api/retry_messages.sql"),
    "operator_cancels": ("services/api/message_states.py", "db/queries/api/cancel_message.sql"),
    "operator_marks_delivered": ("services/api/message_states.py", "db/queries/api/mark_delivered.sql"),
    "operator_checks": ("services/api/message_states.py", "db/queries/api/check_message.sql"),
}
THE_WORLD = frozenset(
    {
        "gateway_delivers",
        "gateway_drops",
        "gateway_refuses",
        "whatsapp_rejects",
        "sender_dies",
        "lease_runs_out",
        "crm_cancels",
    }
)
# without one, a record that comes again starts nothing, and another message's finding proves nothing
ONLY_WITH_A_DEFECT = frozenset({"start_again", "look_up_finds_another"})
_ANSWERS = {
    Reality.FLYING: (OutcomeKind.UNCONFIRMED,),
    Reality.DELIVERED: (OutcomeKind.SENT, OutcomeKind.ACCEPTED, OutcomeKind.UNCONFIRMED),
    Reality.REJECTED: (OutcomeKind.SENT, OutcomeKind.ACCEPTED, OutcomeKind.UNCONFIRMED),
    Reality.DROPPED: (OutcomeKind.ACCEPTED, OutcomeKind.UNCONFIRMED),
    Reality.REFUSED: (
        OutcomeKind.TRANSIENT,
        OutcomeKind.PERMANENT,
        OutcomeKind.SESSION_DOWN,
        OutcomeKind.UNCONFIRMED,
    ),
}
_ON_THE_PHONE = {Reality.DELIVERED, Reality.REJECTED}


@dataclass(frozen=True)
class Sending:
    """The model. ``chats`` has one number per message: those with the same share a chat.

    ``starts``, ``retries`` and ``cancels`` bound how often each message is started, retried by an operator and cancelled by
    the CRM. With ``absence_proves`` the look-up is as LOOKUP_ABSENCE=resend demands: the gateway never forgets, and nothing
    is on its way any more when it is asked. ``evidence``: whether the gateway tells things after the send.
    """

    chats: tuple[int, ...] = (0,)
    starts: int = 2
    retries: int = 1
    cancels: int = 1
    absence_proves: bool = False
    evidence: bool = True
    defects: frozenset[Defect] = frozenset()

    def initial(self) -> State:
        """All pending."""
        return tuple(Message() for _ in self.chats)

    def steps(self, state: State) -> Iterator[Step[State]]:
        """All that may happen to any of the messages."""
        for number, message in enumerate(state):
            for name, after, ours in self._of(state, number, message):
                if after is not message:
                    yield Step(f"{name} m{number}", changed(state, number, after), ours)

    def _of(self, state: State, number: int, message: Message) -> Iterator[tuple[str, Message, bool]]:
        yield from self._dispatch(state, number, message)
        yield from self._posts(message)
        yield from self._reaping(message)
        yield from self._looking_up(state, number, message)
        yield from self._people(message)
        if self.evidence:
            yield from self._evidence(message)

    def _dispatch(self, state: State, number: int, message: Message) -> Iterator[tuple[str, Message, bool]]:
        if self._may_claim(state, number) and _starts(message) < self.starts:
            yield "claim", statements.claim_due(message), True
        if message.status == "sending" and message.token != NONE and message.started == NONE:
            yield "give_back", statements.release_claims(message), True
        if message.token != NONE:
            name = "start" if message.started == NONE else "start_again"
            if self._may_start(state, number) and _starts(message) < self.starts + (1 if self.defects else 0):
                yield name, statements.start_attempts(message, message.token, self.defects), True

    def _may_claim(self, state: State, number: int) -> bool:
        message = state[number]
        if message.status != "pending" or message.queue is not Queue.NOTHING:
            return False
        chat_is_free = all(
            other.queue is Queue.NOTHING
            for other, chat in zip(state, self.chats, strict=True)
            if chat == self.chats[number]
        )
        return chat_is_free or Defect.CHAT_IS_NOT_HELD in self.defects

    def _may_start(self, state: State, number: int) -> bool:
        """A session's messages start in their order, each when the one before has its answer, written or not."""
        is_next = all(other.queue is not Queue.CLAIMED for other in state[:number])
        is_free = not any(_is_at_gateway(other) for n, other in enumerate(state) if n != number)
        return (is_next and is_free) or Defect.TWO_AT_ONCE in self.defects

    def _posts(self, message: Message) -> Iterator[tuple[str, Message, bool]]:
        for number, attempt in enumerate(message.attempts):
            for place, post in enumerate(attempt.posts):
                yield from self._of_post(message, number, place, post)

    def _of_post(self, message: Message, number: int, place: int, post: Post) -> Iterator[tuple[str, Message, bool]]:
        def becomes(reality: Reality) -> Message:
            return with_post(message, number, place, post._replace(reality=reality))

        if post.reality is Reality.FLYING:
            yield f"gateway_delivers a{number}", becomes(Reality.DELIVERED), True
            yield f"gateway_refuses a{number}", becomes(Reality.REFUSED), True
            if self.evidence:
                yield f"gateway_drops a{number}", becomes(Reality.DROPPED), True
                yield f"whatsapp_rejects a{number}", becomes(Reality.REJECTED), True
        if post.is_awaited:
            over = with_post(message, number, place, post._replace(is_awaited=False))
            yield f"sender_dies a{number}", over, False
            for kind in _ANSWERS[post.reality]:
                answered = statements.finish_attempts(over, number, kind, self.defects)
                yield f"answer a{number} {kind}", answered, True

    def _reaping(self, message: Message) -> Iterator[tuple[str, Message, bool]]:
        if message.token != NONE and not message.is_lease_over:
            yield "lease_runs_out", message._replace(is_lease_over=True), True
        is_sending = message.status == "sending"
        if is_sending and message.is_lease_over and Defect.NOBODY_REAPS not in self.defects:
            yield "reap", statements.reap_leases(message, self.defects), True
        is_awaited = message.is_accepted and not message.is_unconfirmed and message.token == NONE
        if is_sending and is_awaited and Defect.ACCEPTS_WAIT_FOR_EVER not in self.defects:
            yield "confirmation_is_overdue", statements.reap_unconfirmed_accepts(message), True
        if message.queue is Queue.ANSWERED:
            yield "release_chat", statements.release_queue(message), True
        if message.queue in IN_FLIGHT and _is_abandoned(message):
            yield "prune", statements.release_queue(message), True
        if message.status == "pending":
            yield "expire", statements.expire_old(message), False

    def _evidence(self, message: Message) -> Iterator[tuple[str, Message, bool]]:
        for number, attempt in enumerate(message.attempts):
            if not statements.may_be_matched(message, number):
                continue
            for name, more in _tellings(attempt):
                yield f"{name} a{number}", statements.told(message, number, more), True

    def _looking_up(self, state: State, number: int, message: Message) -> Iterator[tuple[str, Message, bool]]:
        in_doubt = message.status == "sending" and message.is_unconfirmed and message.token == NONE
        is_awaited = message.status == "sending" and message.is_accepted and message.token == NONE
        if message.lookup == NONE or not (in_doubt or is_awaited):
            return
        truth = realities(message)
        found = message.attempts[message.lookup]._replace(is_found=True)
        if Reality.DELIVERED in truth or Reality.REJECTED in realities(message, message.lookup):
            yield "look_up_finds", statements.settle(with_attempt(message, message.lookup, found)), True
        if Defect.ANY_FINDING_PROVES in self.defects and self._neighbour_was_sent(state, number):
            after = statements.settle(with_attempt(message, message.lookup, found))
            yield "look_up_finds_another", after, True
        is_absent = not {*_ON_THE_PHONE, Reality.FLYING, Reality.DROPPED}.intersection(truth)
        first_is_enough = Defect.FIRST_ABSENCE_PROVES in self.defects
        if in_doubt and ((self.absence_proves and is_absent) or first_is_enough):
            is_proof = message.absences > 0 or first_is_enough
            after = statements.give_back_absent(message) if is_proof else message._replace(absences=1)
            yield "look_up_finds_nothing", after, True

    def _neighbour_was_sent(self, state: State, number: int) -> bool:
        return any(
            _ON_THE_PHONE.intersection(realities(other))
            for n, other in enumerate(state)
            if n != number and self.chats[n] == self.chats[number]
        )

    def _people(self, message: Message) -> Iterator[tuple[str, Message, bool]]:
        if message.cancels < self.cancels:
            yield "crm_cancels", message._replace(status="cancelled", cancels=message.cancels + 1), False
        if not self.retries:
            return
        if message.retries < self.retries:
            if statements.may_retry(message, force=False, defects=self.defects):
                yield "operator_retries", statements.retry_messages(message, force=False), False
            # whoever retries what is known to be sent wants it twice
            elif statements.may_retry(message, force=True, defects=self.defects) and not _is_known_sent(message):
                yield "operator_forces_retry", statements.retry_messages(message, force=True), False
        state = statements.message_state(message)
        if state in allowed_states(Action.CANCEL):
            yield "operator_cancels", statements.cancel_message(message), False
        if state in allowed_states(Action.MARK_DELIVERED) and not message.is_marked:
            yield "operator_marks_delivered", statements.mark_delivered(message), False
        if state in allowed_states(Action.CHECK):
            yield "operator_checks", statements.check_message(message), False

    def is_settled(self, state: State) -> bool:
        """Final, or an operator's; a pending one whose session is free has only the model's own bound before it."""
        return all(self._is_settled(state, number) for number in range(len(state)))

    def _is_settled(self, state: State, number: int) -> bool:
        message = state[number]
        if message.status == "pending":
            return self._may_claim(state, number) and _starts(message) >= self.starts
        in_doubt = message.status == "sending" and message.is_unconfirmed
        is_final = message.status in {"sent", "failed", "cancelled"} or (in_doubt and message.lookup != NONE)
        return is_final and message.queue is Queue.NOTHING

    def broken_promise(self, state: State) -> str | None:
        """The first promise that this state breaks."""
        for message in state:
            for sentence, holds in PROMISES.items():
                if not holds(message):
                    return sentence
        return self._broken_of_session(state)

    def _broken_of_session(self, state: State) -> str | None:
        if sum(_is_at_gateway(message) for message in state) > 1:
            return "a session has one message at its gateway"
        chats = [chat for message, chat in zip(state, self.chats, strict=True) if message.queue is not Queue.NOTHING]
        return "a chat has one message in flight" if len(chats) > len(set(chats)) else None


def _starts(message: Message) -> int:
    return sum(len(attempt.posts) for attempt in message.attempts)


def _is_at_gateway(message: Message) -> bool:
    """Started, and no answer yet."""
    if message.queue is not Queue.STARTED:
        return False
    return any(post.reality is Reality.FLYING for post in message.attempts[message.queue_token].posts)


def _is_abandoned(message: Message) -> bool:
    """Three leases on: no sender waits so long."""
    is_held = message.token == message.queue_token and message.status == "sending"
    return not is_held and not any(post.is_awaited for post in message.attempts[message.queue_token].posts)


def _tellings(attempt: Attempt) -> Iterator[tuple[str, Attempt]]:
    """What its gateway may tell of an attempt, once more, too."""
    truth = {post.reality for post in attempt.posts}
    if truth & _ON_THE_PHONE:
        yield "callback", attempt._replace(is_called_sent=True)
    if Reality.DELIVERED in truth:
        yield "receipt", attempt._replace(has_arrived=True)
    if Reality.REJECTED in truth:
        yield "rejection", attempt._replace(is_rejected=True)
    if Reality.DROPPED in truth and not attempt.called_failed:
        for kind in ("transient", "permanent"):
            yield f"failed_callback {kind}", attempt._replace(called_failed=kind)


def _no_false_sent(message: Message) -> bool:
    if message.status != "sent" or message.is_marked:
        return True
    return _is_known_sent(message) and bool(_ON_THE_PHONE.intersection(realities(message)))


def _no_false_failed(message: Message) -> bool:
    if message.status != "failed":
        return True
    return not _may_be_sent(message) and not _is_known_sent(message)


def _is_known_sent(message: Message) -> bool:
    return any(is_known_sent(attempt) for attempt in message.attempts)


def _may_be_sent(message: Message) -> bool:
    """Whether it was delivered since the operator's last retry, or still may be."""
    return bool({Reality.DELIVERED, Reality.FLYING}.intersection(realities(message, message.retried_from)))


def _no_second_delivery(message: Message) -> bool:
    deliveries = realities(message).count(Reality.DELIVERED)
    since = realities(message, message.retried_from).count(Reality.DELIVERED)
    return deliveries <= 1 + message.forced_retries and since <= 1


PROMISES: Mapping[str, Callable[[Message], bool]] = {
    "no false Sent": _no_false_sent,
    "no false Failed": _no_false_failed,
    "no second delivery that no operator asked for": _no_second_delivery,
    "nothing waits to be sent that was sent, or may yet be": lambda m: m.status != "pending" or not _may_be_sent(m),
    "what is sending has a lease, is accepted, or is in doubt": lambda m: (
        m.status != "sending" or m.token != NONE or m.is_accepted or m.is_unconfirmed
    ),
    "a doubt is looked up": lambda m: m.status != "sending" or not m.is_unconfirmed or m.lookup != NONE,
}
