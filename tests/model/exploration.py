"""Exploring a model: every state that any order of its steps leads to, and the shortest way to one that breaks a promise."""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

S = TypeVar("S", bound=Hashable)


class Step(NamedTuple, Generic[S]):
    """One thing that may happen. ``ours``: our own processes do it by themselves, sooner or later."""

    action: str
    state: S
    ours: bool


class Model(Protocol[S]):
    """A world of finitely many states. Everything is a function of the state alone."""

    def initial(self) -> S:
        """Where it begins."""
        ...

    def steps(self, state: S) -> Iterable[Step[S]]:
        """All that may happen next."""
        ...

    def broken_promise(self, state: S) -> str | None:
        """The promise that this state breaks, if any."""
        ...

    def is_settled(self, state: S) -> bool:
        """Whether nothing is left to be done but by people."""
        ...


@dataclass(frozen=True, slots=True)
class Counterexample(Generic[S]):
    """The shortest way to a broken promise."""

    promise: str
    actions: Sequence[str]
    state: S

    def __str__(self) -> str:
        lines = [f"{number:3}. {action}" for number, action in enumerate(self.actions, start=1)]
        return "\n".join([f"broken: {self.promise}", *lines, f"     {self.state}"])


@dataclass(frozen=True, slots=True)
class Exploration(Generic[S]):
    """What was found. ``states`` counts all of them, unless there is a counterexample: then the search ended there.

    ``depth`` is how many steps the furthest is away; ``actions`` are the names of all that happened.
    """

    states: int
    steps: int
    depth: int
    actions: frozenset[str]
    counterexample: Counterexample[S] | None


STUCK = "nothing is stuck: what our processes do by themselves settles it"


def explore(model: Model[S]) -> Exploration[S]:
    """Visit every reachable state, breadth first, so that a counterexample is as short as it can be.

    Promises about states are checked at once. That nothing is stuck is checked at the end: from every state, steps of our
    own must be able to lead to a settled one.
    """
    search = _Search(model)
    counterexample = search.run() or search.stuck()
    return Exploration(len(search.states), search.steps, search.depth, _names(search.actions), counterexample)


def _names(actions: Iterable[str]) -> frozenset[str]:
    return frozenset(action.split()[0] for action in actions)


class _Search(Generic[S]):
    def __init__(self, model: Model[S]) -> None:
        self._model = model
        start = model.initial()
        self.states: list[S] = [start]
        self.steps = 0
        self.depth = 0
        self.actions: set[str] = set()
        self._numbers = {start: 0}
        self._origins: list[tuple[int, str]] = [(0, "")]
        self._depths = [0]
        self._by_us: list[tuple[int, int]] = []

    def run(self) -> Counterexample[S] | None:
        """Visit everything; stop at the first broken promise."""
        promise = self._model.broken_promise(self.states[0])
        if promise is not None:
            return self._counterexample(promise, 0)
        waiting = deque([0])
        while waiting:
            number = waiting.popleft()
            for step in self._model.steps(self.states[number]):
                self.steps += 1
                self.actions.add(step.action)
                reached, is_new = self._reach(number, step)
                if step.ours:
                    self._by_us.append((reached, number))
                if not is_new:
                    continue
                waiting.append(reached)
                promise = self._model.broken_promise(step.state)
                if promise is not None:
                    return self._counterexample(promise, reached)
        return None

    def stuck(self) -> Counterexample[S] | None:
        """The first state from which no steps of our own lead to a settled one."""
        origins: dict[int, list[int]] = {}
        for reached, origin in self._by_us:
            origins.setdefault(reached, []).append(origin)
        waiting = [number for number, state in enumerate(self.states) if self._model.is_settled(state)]
        can_settle = set(waiting)
        while waiting:
            for origin in origins.get(waiting.pop(), ()):
                if origin not in can_settle:
                    can_settle.add(origin)
                    waiting.append(origin)
        stuck = next((number for number in range(len(self.states)) if number not in can_settle), None)
        return None if stuck is None else self._counterexample(STUCK, stuck)

    def _reach(self, origin: int, step: Step[S]) -> tuple[int, bool]:
        number = self._numbers.setdefault(step.state, len(self.states))
        if number < len(self.states):
            return number, False
        self.states.append(step.state)
        self._origins.append((origin, step.action))
        self._depths.append(self._depths[origin] + 1)
        self.depth = self._depths[-1]
        return number, True

    def _counterexample(self, promise: str, number: int) -> Counterexample[S]:
        actions: list[str] = []
        state = self.states[number]
        while number:
            number, action = self._origins[number]
            actions.append(action)
        return Counterexample(promise, actions[::-1], state)
