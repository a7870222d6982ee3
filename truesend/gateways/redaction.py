"""Gateways' words made fit for a row, an event and a page: no secrets, no message text, no markup, bounded.

A gateway's error can echo the message, hold keys, be a page of HTML, carry NUL bytes (which Postgres refuses) or be
megabytes long. Nothing here raises.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from truesend.observability.hidden import HIDDEN, SHORTEST, spellings

WORDS_LIMIT: Final = 500
MESSAGE_TEXT: Final = "[message text]"

PHONE_NUMBER: Final = "[number]"

_READ_LIMIT: Final = 1_500
_WINDOW: Final = 12  # a shared run of this many letters and digits is the message's text, not chance
_CUT_MARGIN: Final = 40

_INVISIBLE = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-z!][^<>]*>", re.IGNORECASE)
# Bounded and anchored: an unbounded run would make a body of backslashes cost minutes.
_BACKSLASHES = r"(?<!\\)\\{1,8}"
_ESCAPED_CHARACTER = re.compile(_BACKSLASHES + r"u([0-9a-f]{4})", re.IGNORECASE)
_ESCAPED_SPACE = re.compile(_BACKSLASHES + r"[nrt]")
_ESCAPED_QUOTE = re.compile(_BACKSLASHES + r"(?=[\"'/])")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\s]+")

# Of nine digits or more, as people and gateways write it; a JID keeps what follows its number.
_PHONE_NUMBER = re.compile(r"(?<!\w)\+?\d(?:[ ()-]{0,2}\d){8,20}(?!\w)")

_NAMES_OF_SECRETS = r"(?:x-)?api[-_ ]?key|authorization|(?:[a-z]+[-_]?)?token|(?:[a-z]+[-_]?)?secret|password"
_QUOTED_SECRET = re.compile(
    rf"(?P<name>[\"']{{1}}(?:{_NAMES_OF_SECRETS})\\{{0,4}}[\"']\s{{0,4}}:\s{{0,4}})\\{{0,4}}[\"']?[^\"',}}\\]*",
    re.IGNORECASE,
)
_NAMED_SECRET = re.compile(
    r"(?P<name>\b(?:(?:(?:x-)?api[-_]?key|authorization)\s{0,4}[:=]|(?:token|secret|password)\s{0,4}=)\s{0,4})"
    r"(?:(?:bearer|basic)\s+)?[^\s\"'&,;}<]+",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<name>\b(?:bearer|basic)\s{1,4})[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_JWT = re.compile(r"(?P<name>)\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?")
_SECRETS: Final = (_QUOTED_SECRET, _NAMED_SECRET, _BEARER, _JWT)


def plain(text: str) -> str:
    """One line of visible text: HTML collapsed, escapes read, control and direction characters gone."""
    return _visible(_TAG.sub(" ", _INVISIBLE.sub(" ", text)) if "<" in text else text)


def _visible(text: str) -> str:
    if "\\" in text:
        text = _ESCAPED_CHARACTER.sub(lambda found: chr(int(found[1], 16)), text)
        text = _ESCAPED_QUOTE.sub("", _ESCAPED_SPACE.sub(" ", text))
    if "%" in text:
        text = unquote(text, errors="replace")
    if "&" in text:
        text = html.unescape(text)
    return _UNPRINTABLE.sub(" ", text).strip()


def bounded(text: str, limit: int = WORDS_LIMIT) -> str:
    """At most ``limit`` characters; an ellipsis says that there was more."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def without_numbers(text: str) -> str:
    """The text without phone numbers: what is said of a session names nobody whom it wrote to."""
    return _PHONE_NUMBER.sub(PHONE_NUMBER, text)


@dataclass(frozen=True, slots=True)
class Redactor:
    """Hides one gateway's secrets. ``secrets`` are its key and whatever else must never be shown."""

    secrets: Sequence[str]

    def __repr__(self) -> str:
        return f"Redactor({len(self.secrets)} secrets)"

    def words(self, text: str, message_text: str = "") -> str:
        """What ``text`` says, without secrets and without ``message_text``, at most ``WORDS_LIMIT`` characters."""
        shown = plain(text)
        for secret in self.secrets:
            shown = _without(shown, secret)
        for pattern in _SECRETS:
            shown = pattern.sub(rf"\g<name>{HIDDEN}", shown)
        return bounded(_without_text(shown, message_text) if message_text else shown)


def _without(text: str, secret: str) -> str:
    for spelling in _spellings(secret):
        if len(spelling) >= SHORTEST:
            text = text.replace(spelling, HIDDEN)
        elif spelling:
            text = re.sub(rf"(?<!\w){re.escape(spelling)}(?!\w)", HIDDEN, text)
    return text


@lru_cache(maxsize=1_000)
def _spellings(secret: str) -> Sequence[str]:
    return sorted({plain(secret), *spellings(secret)}, key=len, reverse=True)


def _without_text(text: str, message_text: str) -> str:
    """Hide every run that ``text`` shares with the message, also where it is cut, wrapped or punctuated differently."""
    was_cut = len(text) > _READ_LIMIT
    text = text[:_READ_LIMIT]
    # An echo inside a page has lost its tags; one that was escaped has kept them.
    spellings = dict.fromkeys((plain(message_text), _visible(message_text)))
    for spelling in spellings:
        text = _without_short(text, spelling)
    message = "\0".join(_letters(spelling)[0] for spelling in spellings)
    letters, places = _letters(text)
    shared = [False] * len(text)
    for start in range(len(letters) - _WINDOW + 1):
        if letters[start : start + _WINDOW] in message:
            first, last = places[start], places[start + _WINDOW - 1]
            shared[first : last + 1] = [True] * (last + 1 - first)
    shown = _masked(text, shared)
    # The end of what was cut off may be the first letters of the message: too few to be recognised.
    return shown[:-_CUT_MARGIN] + "…" if was_cut else shown


def _letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of ``text``, and where each stands."""
    places = [place for place, character in enumerate(text) if character.isalnum()]
    return "".join(text[place] for place in places), places


def _without_short(text: str, spelling: str) -> str:
    """Hide a whole message that is too short to be recognised by a run of its letters."""
    if not spelling or len(_letters(spelling)[0]) >= _WINDOW:
        return text
    return re.sub(rf"(?<!\w){re.escape(spelling)}(?!\w)", MESSAGE_TEXT, text)


def _masked(text: str, hidden: list[bool]) -> str:
    if True not in hidden:
        return text
    parts: list[str] = []
    for index, character in enumerate(text):
        if not hidden[index]:
            parts.append(character)
        elif index == 0 or not hidden[index - 1]:
            parts.append(MESSAGE_TEXT)
    return "".join(parts)
