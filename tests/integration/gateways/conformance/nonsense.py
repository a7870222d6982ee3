"""Answers and webhooks that no gateway would give, from a seed: quick enough for thousands of each."""

from copy import deepcopy
from random import Random
from typing import Final

import orjson

from tests.integration.gateways.conformance.bench import Bench
from truesend.gateways.http_answers import Answer, NoAnswer, NoAnswerKind

_STATUSES: Final = (200, 200, 200, 201, 202, 204, 301, 400, 401, 403, 404, 409, 422, 429, 463, 500, 500, 502, 503, 504)
_ODD: Final[tuple[object, ...]] = (None, "", -5, 10**13, 1.5, "\x00", "0" * 300, True, False, [], {}, "ä\u202e")
_SILENCE: Final = tuple(NoAnswer(kind, "no answer") for kind in NoAnswerKind)


def dumped(value: object) -> bytes:
    """A body: JSON, or a text as it is."""
    return value.encode("utf-8", "replace") if isinstance(value, str) else orjson.dumps(value)


class Nonsense:
    """One seed's worth of it, made of the words that a kind of gateway uses."""

    def __init__(self, bench: Bench, seed: int) -> None:
        self._dice = Random(seed)
        self._recorded = (*bench.send_answers, *bench.status_answers)
        self._words = [word for word in bench.vocabulary if isinstance(word, str)]
        self._leaves = (*bench.vocabulary, *bench.vocabulary, *_ODD)

    def answers(self) -> list[Answer | NoAnswer]:
        """What one conversation is answered."""
        return [self.answer() for _ in range(self._dice.randint(1, 3))]

    def answer(self) -> Answer | NoAnswer:
        """A recorded answer with something else in one place, a made-up one, or none."""
        match self._dice.randrange(8):
            case 0:
                return self._dice.choice(_SILENCE)
            case 1 | 2 | 3 | 4:
                return self._bent()
            case _:
                truncated = self._dice.randrange(4) == 0
                return Answer(self._dice.choice(_STATUSES), {}, self._body(), truncated)

    def fields(self) -> dict[str, object]:
        """What a webhook holds."""
        return {self._dice.choice(self._words): self.value() for _ in range(self._dice.randint(0, 6))}

    def value(self, depth: int = 0) -> object:
        """Anything that JSON can say."""
        match self._dice.randrange(4 + 2 * depth):
            case 0 | 1:
                return {self._dice.choice(self._words): self.value(depth + 1) for _ in range(self._dice.randint(0, 5))}
            case 2:
                return [self.value(depth + 1) for _ in range(self._dice.randint(0, 2))]
            case _:
                return self._dice.choice(self._leaves)

    def bent(self, value: object) -> object:
        """The same with something else in one place of it."""
        body = place = deepcopy(value)
        while isinstance(place, dict | list) and place:
            step = self._dice.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if not place[step] or not isinstance(place[step], dict | list) or self._dice.randrange(3) == 0:
                place[step] = self.value(1)
                break
            place = place[step]
        return body

    def _bent(self) -> Answer:
        answered = self._dice.choice(self._recorded)
        return Answer(answered.status, {}, dumped(self.bent(answered.body)))

    def _body(self) -> bytes:
        body = dumped(self.value())
        match self._dice.randrange(6):
            case 0:
                return body[: len(body) // 2]
            case 1:
                return self._dice.randbytes(self._dice.randrange(10))
            case _:
                return body
