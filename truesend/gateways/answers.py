"""Answers of gateways, and tables that say what they mean: the first row that fits decides, no row means nobody knows."""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Generic, TypeVar

import orjson

from truesend.gateways.http_answers import Answer, NoAnswer
from truesend.gateways.redaction import plain
from truesend.gateways.wording import Meaning, error_words, meaning, restriction_code

_TEXT_LIMIT: Final = 20_000
_NO_ROUTE: Final = re.compile(
    r"^\s*(?:<|404 page not found)|(?:^|: )\s*cannot (?:get|post|put|patch|delete) /", re.IGNORECASE
)

R = TypeVar("R")


class Unanswered(Exception):  # noqa: N818 - no error of ours: how a conversation ends that the gateway left
    """No answer came to a request."""

    def __init__(self, reason: NoAnswer) -> None:
        super().__init__(reason.detail)
        self.reason = reason


class UnknownAnswer(Exception):  # noqa: N818 - as above
    """An answer that fits no row of the tables."""

    def __init__(self, said: "Said") -> None:
        super().__init__(f"HTTP {said.status}")
        self.said = said


@dataclass(frozen=True)
class Said:
    """One whole answer, read. Whatever is missing in it, or is of another type than asked for, is None."""

    answer: Answer

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.answer.status

    @property
    def is_ok(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.answer.status < 300

    @cached_property
    def json(self) -> object:
        """The body, where it is one whole JSON value."""
        if self.answer.truncated:
            return None
        try:
            return orjson.loads(self.answer.body)
        except orjson.JSONDecodeError:
            return None

    @cached_property
    def words(self) -> str:
        """What the gateway said in words, raw: its error texts, or else what its body holds."""
        if isinstance(self.json, dict):
            words = error_words(self.json)
            return words if words or self.is_ok else self._text
        return plain(self._text)

    @cached_property
    def meaning(self) -> Meaning:
        """What the words mean, or a code of WhatsApp's own beside them."""
        if isinstance(self.json, dict) and restriction_code(self.json):
            return Meaning.RESTRICTED
        return meaning(self.words)

    @property
    def is_of_no_gateway(self) -> bool:
        """Whether it comes from a server that is not the gateway, or not at this path."""
        if "text/html" in self.answer.headers.get("Content-Type", "").lower():
            return True
        return _NO_ROUTE.search(self.words) is not None

    def at(self, *path: str | int) -> object:
        """What stands at ``path`` in the JSON."""
        return at(self.json, *path)

    def text_at(self, *path: str | int) -> str | None:
        """The text at ``path``, unless it is empty."""
        return text_at(self.json, *path)

    @property
    def _text(self) -> str:
        return self.answer.body[:_TEXT_LIMIT].decode("utf-8", "replace")


def at(value: object, *path: str | int) -> object:
    """What stands at ``path`` (names in objects, places in lists) below ``value``; None where there is nothing."""
    for step in path:
        if isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_at(value: object, *path: str | int) -> str | None:
    """The text at ``path``, unless it is empty."""
    found = at(value, *path)
    return found if isinstance(found, str) and found else None


def objects(value: object) -> list[Mapping[str, object]]:
    """The objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _always(_said: Said) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Row(Generic[R]):
    """An answer with one of these statuses, that says this, and looks so, means ``result``.

    ``says`` is a meaning of its words, or a pattern to be found in them, without case.
    """

    result: R
    statuses: Container[int]
    says: Meaning | str | None = None
    where: Callable[[Said], bool] = _always

    def fits(self, said: Said) -> bool:
        """Whether this row is about the answer."""
        if said.status not in self.statuses:
            return False
        match self.says:
            case None:
                spoken = True
            case Meaning():
                spoken = said.meaning is self.says
            case pattern:
                spoken = re.search(pattern, said.words[:4_000], re.IGNORECASE) is not None
        return spoken and self.where(said)


def first_fit(rows: Iterable[Row[R]], said: Said) -> R:
    """The result of the first row that fits. Raises UnknownAnswer where none does."""
    for row in rows:
        if row.fits(said):
            return row.result
    raise UnknownAnswer(said)
