"""Facts on their way to Kafka: transactions that commit late, relays of which any may lead, sleep or die at any step."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from tests.model.exploration import Step

NOBODY = -1
GONE = -2  # a leader that died: another process comes up, with another name
NO_POSITION = 0

# What each action stands for, from the root of the repository. What only the world does has no file.
STANDS_FOR: dict[str, tuple[str, ...]] = {
    "insert": (),
    "commit": (),
    "roll_back": (),
    "take": ("db/queries/relay/take.sql", "truesend/runtime/relay.py"),
    "publish": ("truesend/broker/publisher.py",),
    "resign": ("db/queries/relay/resign.sql",),
    "relay_dies": (),
    "lease_runs_out": (),
    "consume": ("services/api/live/feed.py",),
}


class Defect(StrEnum):
    """What can be broken on purpose, to see that the model would notice."""

    ADVANCE_FIRST = "the mark advances before Kafka has confirmed"
    ADVANCE_TO_LAST = "the mark advances to the last position, whatever was published"
    POSITION_AT_INSERT = "a fact takes its position when it is inserted, as from a sequence"
    NO_ROW_LOCK = "a key's next fact does not wait for the transaction of its last one"
    NOBODY_TAKES_OVER = "a leader that fell silent keeps the lead"
    PUBLISHED_BACKWARDS = "a batch is published in no order"


class Fact(NamedTuple):
    """A row of event_log, in the order of insertion. ``position`` is NO_POSITION until a leader has given it one."""

    key: int
    is_committed: bool = False
    position: int = NO_POSITION


class Relay(NamedTuple):
    """One process. ``batch`` is what it has read and not published yet; ``up_to`` what it will advance the mark to with
    its next pass, if the mark has come to ``after``."""

    batch: tuple[int, ...] = ()
    after: int = 0
    up_to: int = 0


class State(NamedTuple):
    """``on_kafka``: the positions that are there, however often; ``handed_out``: up to where a reader has read."""

    facts: tuple[Fact, ...] = ()
    unwritten: tuple[int, ...] = ()
    last: int = 0
    published: int = 0
    leader: int = NOBODY
    is_lease_over: bool = True
    relays: tuple[Relay, ...] = (Relay(), Relay())
    on_kafka: frozenset[int] = frozenset()
    is_disordered: bool = False
    handed_out: int = 0


@dataclass(frozen=True)
class Relaying:
    """The model. ``keys``: of which session or message each fact is; a relay takes ``batch`` facts at a time."""

    keys: tuple[int, ...] = (0, 1, 0)
    batch: int = 2
    relays: int = 2
    defects: frozenset[Defect] = frozenset()

    def initial(self) -> State:
        """Nothing is written yet."""
        return State(unwritten=self.keys, relays=(Relay(),) * self.relays)

    def steps(self, state: State) -> Iterator[Step[State]]:
        """All that may happen next."""
        yield from self._writers(state)
        yield from self._election(state)
        for number, relay in enumerate(state.relays):
            yield from self._relay(state, number, relay)
        if state.handed_out + 1 in state.on_kafka:
            yield Step("consume", state._replace(handed_out=state.handed_out + 1), ours=True)

    def _writers(self, state: State) -> Iterator[Step[State]]:
        for key in sorted(set(state.unwritten)):
            is_locked = any(fact.key == key and not fact.is_committed for fact in state.facts)
            if is_locked and Defect.NO_ROW_LOCK not in self.defects:
                continue
            left = list(state.unwritten)
            left.remove(key)
            position = len(state.facts) + 1 if Defect.POSITION_AT_INSERT in self.defects else NO_POSITION
            written = state._replace(unwritten=tuple(left), facts=(*state.facts, Fact(key, position=position)))
            yield Step(f"insert k{key}", written, ours=True)
        for number, fact in enumerate(state.facts):
            if not fact.is_committed:
                yield Step(f"commit f{number}", _with_fact(state, number, fact._replace(is_committed=True)), ours=True)
                if fact.position == NO_POSITION:
                    left_out = (*state.facts[:number], *state.facts[number + 1 :])
                    yield Step(f"roll_back f{number}", state._replace(facts=left_out), ours=False)

    def _election(self, state: State) -> Iterator[Step[State]]:
        if state.leader != NOBODY and not state.is_lease_over:
            yield Step("lease_runs_out", state._replace(is_lease_over=True), ours=True)
        if state.leader >= 0:
            left = _advance(state, state.leader)._replace(leader=NOBODY, is_lease_over=True)
            yield Step("resign", left, ours=False)
        for number, relay in enumerate(state.relays):
            if relay.batch:
                continue
            takes_over = state.is_lease_over and (
                state.leader == NOBODY or Defect.NOBODY_TAKES_OVER not in self.defects
            )
            if state.leader == number or takes_over:
                yield Step(f"take r{number}", self._take(state, number), ours=True)
            elif relay != Relay():
                yield Step(f"take r{number}", _with_relay(state, number, Relay()), ours=True)

    def _take(self, state: State, number: int) -> State:
        """One transaction: the mark, the lead, and positions for what is committed; what is to be published is read."""
        led = _advance(state, number)._replace(leader=number, is_lease_over=False)
        if Defect.POSITION_AT_INSERT in self.defects:
            led = led._replace(last=max((fact.position for fact in led.facts if fact.is_committed), default=0))
        else:
            led = _give_positions(led, self.batch)
        waiting = sorted(fact.position for fact in led.facts if fact.is_committed and fact.position > led.published)
        batch = tuple(waiting[: self.batch])
        if not batch:
            return led
        if Defect.PUBLISHED_BACKWARDS in self.defects:
            batch = batch[::-1]
        up_to = led.last if Defect.ADVANCE_TO_LAST in self.defects else max(batch)
        relay = Relay(batch, after=min(batch) - 1, up_to=up_to)
        if Defect.ADVANCE_FIRST in self.defects:
            led = led._replace(published=max(led.published, up_to))
        return _with_relay(led, number, relay)

    def _relay(self, state: State, number: int, relay: Relay) -> Iterator[Step[State]]:
        if relay.batch:
            yield Step(f"publish r{number}", self._publish(state, number, relay), ours=True)
        if relay != Relay() or state.leader == number:
            leader = GONE if state.leader == number else state.leader
            yield Step(f"relay_dies r{number}", _with_relay(state, number, Relay())._replace(leader=leader), ours=True)

    def _publish(self, state: State, number: int, relay: Relay) -> State:
        position, *rest = relay.batch
        published = _with_relay(state, number, relay._replace(batch=tuple(rest)))
        if position in state.on_kafka:
            return published
        key = next(fact.key for fact in state.facts if fact.position == position)
        before = {f.position for f in state.facts if f.key == key and NO_POSITION < f.position < position}
        return published._replace(
            on_kafka=state.on_kafka | {position},
            is_disordered=state.is_disordered or not before <= state.on_kafka,
        )

    def is_settled(self, state: State) -> bool:
        """Everything that was committed is on Kafka, and read."""
        facts = state.facts
        return not state.unwritten and all(f.is_committed for f in facts) and state.handed_out == len(facts)

    def broken_promise(self, state: State) -> str | None:
        """The first promise that this state breaks."""
        return next((sentence for sentence, holds in PROMISES.items() if not holds(state)), None)


def _give_positions(state: State, limit: int) -> State:
    facts, last = list(state.facts), state.last
    waiting = [n for n, fact in enumerate(facts) if fact.is_committed and fact.position == NO_POSITION]
    for number in waiting[:limit]:
        last += 1
        facts[number] = facts[number]._replace(position=last)
    return state._replace(facts=tuple(facts), last=last)


def _advance(state: State, number: int) -> State:
    """The mark goes on by what this relay has published, if it was all of its batch and the mark has come so far."""
    relay = state.relays[number]
    forgotten = _with_relay(state, number, Relay())
    if relay.batch or not relay.after <= state.published <= relay.up_to:
        return forgotten
    return forgotten._replace(published=min(relay.up_to, state.last))


def _with_fact(state: State, number: int, fact: Fact) -> State:
    return state._replace(facts=(*state.facts[:number], fact, *state.facts[number + 1 :]))


def _with_relay(state: State, number: int, relay: Relay) -> State:
    return state._replace(relays=(*state.relays[:number], relay, *state.relays[number + 1 :]))


def _positions_have_no_gaps(state: State) -> bool:
    """Of what can be seen: positions are looked at by others when they are committed."""
    given = sorted(fact.position for fact in state.facts if fact.is_committed and fact.position)
    return given == list(range(1, len(given) + 1))


def _keys_keep_their_order(state: State) -> bool:
    """A key's facts have their positions in the order of insertion, which its row's lock makes that of the commits."""
    for key in {fact.key for fact in state.facts}:
        of_key = [fact for fact in state.facts if fact.key == key]
        given = [fact.position for fact in of_key if fact.position]
        if given != sorted(given) or any(f.position for f in of_key[len(given) :]):
            return False
    return True


PROMISES: Mapping[str, Callable[[State], bool]] = {
    "positions have no gaps": _positions_have_no_gaps,
    "a key's positions are in the order of its facts": _keys_keep_their_order,
    "what the mark says is published is on Kafka": lambda state: all(
        fact.position in state.on_kafka
        for fact in state.facts
        if fact.is_committed and NO_POSITION < fact.position <= state.published
    ),
    "a key's facts first come to Kafka in their order": lambda state: not state.is_disordered,
    "the mark is not ahead of the positions": lambda state: state.published <= state.last,
}
