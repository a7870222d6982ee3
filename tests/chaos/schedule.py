"""Which fault begins when, on what, and for how long: a pure function of the seed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault. Two faults of one ``family`` never overlap on one target; ``settles_s`` counts as part of each."""

    name: str
    family: str
    targets: tuple[str, ...]
    shortest_s: float = 0.0
    longest_s: float = 0.0
    settles_s: float = 2.0
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault to come. Times are seconds from the beginning of the run."""

    at_s: float
    kind: str
    target: str
    length_s: float


def schedule(seed: int, duration_s: float, kinds: Sequence[Kind], *, every_s: float) -> list[Planned]:
    """About one fault per ``every_s``, each over before ``duration_s``.

    Kinds are drawn like cards, each as many times as it weighs, and one that nothing is free for is kept for the next
    time: so a run that is long enough has all of them.
    """
    random = Random(seed)
    cards = _cards(random, kinds)
    kept: list[Kind] = []
    free_at: dict[tuple[str, str], float] = {}
    planned: list[Planned] = []
    for number in range(int(duration_s / every_s)):
        at_s = round((number + random.random()) * every_s, 3)
        kind = kept.pop(0) if kept else next(cards)
        length_s = round(random.uniform(kind.shortest_s, kind.longest_s), 3)
        targets = [each for each in kind.targets if free_at.get((kind.family, each), 0.0) <= at_s]
        if not targets:
            kept.append(kind)
        if not targets or at_s + length_s >= duration_s:
            continue
        target = random.choice(targets)
        free_at[kind.family, target] = at_s + length_s + kind.settles_s
        planned.append(Planned(at_s, kind.name, target, length_s))
    return planned


def _cards(random: Random, kinds: Iterable[Kind]) -> Iterator[Kind]:
    deck = [kind for kind in kinds for _ in range(kind.weight)]
    while True:
        yield from random.sample(deck, len(deck))
