"""What a VPS's answer to a send means: from status, words and body to one outcome, by the tables below. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from truesend.gateways.http_answers import Answer
from truesend.gateways.protocol import OutcomeKind
from truesend.gateways.wording import RESTRICTION_CODES, Meaning, meaning, restriction_code

MEANT_OUTCOMES: Final[Mapping[Meaning, OutcomeKind]] = {
    Meaning.SESSION_DOWN: OutcomeKind.SESSION_DOWN,
    Meaning.RESTRICTED: OutcomeKind.RESTRICTED,
    Meaning.CONFIG_ERROR: OutcomeKind.CONFIG_ERROR,
    Meaning.DOUBT: OutcomeKind.UNCONFIRMED,
    Meaning.PERMANENT: OutcomeKind.PERMANENT,
}

_ANY_WORDS: Final = frozenset(MEANT_OUTCOMES)
_NO_WORDS: Final[frozenset[Meaning]] = frozenset()
_SESSION_WORDS: Final = frozenset({Meaning.SESSION_DOWN, Meaning.RESTRICTED})


@dataclass(frozen=True, slots=True)
class Rule:
    """What a status means: by its words where they are among ``heeded``, else ``otherwise``."""

    otherwise: OutcomeKind
    heeded: frozenset[Meaning] = _ANY_WORDS


REFUSALS: Final[Mapping[int, Rule]] = {
    400: Rule(OutcomeKind.PERMANENT),
    401: Rule(OutcomeKind.CONFIG_ERROR, _SESSION_WORDS),
    402: Rule(OutcomeKind.CONFIG_ERROR, _SESSION_WORDS),
    403: Rule(OutcomeKind.CONFIG_ERROR, _SESSION_WORDS),
    404: Rule(OutcomeKind.SESSION_DOWN, _NO_WORDS),
    405: Rule(OutcomeKind.CONFIG_ERROR, _NO_WORDS),
    406: Rule(OutcomeKind.CONFIG_ERROR, _NO_WORDS),
    407: Rule(OutcomeKind.CONFIG_ERROR, _NO_WORDS),
    410: Rule(OutcomeKind.SESSION_DOWN, _NO_WORDS),
    413: Rule(OutcomeKind.PERMANENT, _NO_WORDS),
    414: Rule(OutcomeKind.PERMANENT, _NO_WORDS),
    415: Rule(OutcomeKind.CONFIG_ERROR, _SESSION_WORDS),
    421: Rule(OutcomeKind.CONFIG_ERROR, _SESSION_WORDS),
    422: Rule(OutcomeKind.PERMANENT),
    425: Rule(OutcomeKind.TRANSIENT, _SESSION_WORDS),
    426: Rule(OutcomeKind.CONFIG_ERROR, _NO_WORDS),
    429: Rule(OutcomeKind.TRANSIENT, _SESSION_WORDS),
    431: Rule(OutcomeKind.PERMANENT, _NO_WORDS),
    # An engine that reports an error of its own has usually not written the message out; a time-out may have.
    500: Rule(OutcomeKind.TRANSIENT),
    501: Rule(OutcomeKind.TRANSIENT),
    # A proxy says this when it lost the gateway, whatever the gateway had done by then.
    502: Rule(OutcomeKind.UNCONFIRMED, _NO_WORDS),
    503: Rule(OutcomeKind.SESSION_DOWN, frozenset({Meaning.DOUBT, Meaning.RESTRICTED})),
    504: Rule(OutcomeKind.UNCONFIRMED, _NO_WORDS),
    507: Rule(OutcomeKind.TRANSIENT),
    # A proxy in the cloud that could not connect to the gateway at all.
    521: Rule(OutcomeKind.TRANSIENT, _NO_WORDS),
    523: Rule(OutcomeKind.TRANSIENT, _NO_WORDS),
    525: Rule(OutcomeKind.TRANSIENT, _NO_WORDS),
    526: Rule(OutcomeKind.TRANSIENT, _NO_WORDS),
}
_RESTRICTION: Final = Rule(OutcomeKind.RESTRICTED, _NO_WORDS)
_REDIRECT: Final = Rule(OutcomeKind.CONFIG_ERROR, _NO_WORDS)
_ANYTHING_ELSE: Final = Rule(OutcomeKind.UNCONFIRMED, _SESSION_WORDS)

_QUEUED: Final = frozenset({"queued", "accepted", "pending"})
_FAILED: Final = frozenset({"failed", "error", "rejected"})
_MESSAGE_ID_KEYS: Final = ("messageId", "message_id")


def send_kind(answer: Answer, body: Mapping[str, object] | None, words: str) -> OutcomeKind:
    """The outcome that an answer to a send means. ``body`` is its JSON object, if it is one; ``words`` what it says."""
    if 200 <= answer.status < 300:
        return _granted(answer, body, words)
    if body is not None and restriction_code(body):
        return OutcomeKind.RESTRICTED
    if answer.status == 404 and is_missing_route(answer, words):
        return OutcomeKind.CONFIG_ERROR
    if answer.status == 500 and answer.truncated:
        return OutcomeKind.UNCONFIRMED
    return _by_words(words, _rule(answer.status))


def is_listed(status: int) -> bool:
    """Whether a status stands in the table, so that its doubt is one that is known."""
    return status in REFUSALS or status in RESTRICTION_CODES or 300 <= status < 400


def message_id(body: Mapping[str, object]) -> object:
    """The gateway's id of the message as it stands in the answer; None if there is none."""
    for key in _MESSAGE_ID_KEYS:
        if body.get(key) not in (None, ""):
            return body[key]
    return None


def is_missing_route(answer: Answer, words: str) -> bool:
    """True for the 404 of a server that is not the gateway, or not at this path: it says nothing about a session."""
    if "text/html" in answer.headers.get("Content-Type", "").lower():
        return True
    return (
        words.lstrip()
        .lower()
        .startswith(
            (
                "cannot get /",
                "cannot post /",
                "<",
                "404: not found",
                "404 page not found",
                "route get:/",
                "route post:/",
            )
        )
    )


def _rule(status: int) -> Rule:
    if status in RESTRICTION_CODES:
        return _RESTRICTION
    if 300 <= status < 400:
        return _REDIRECT
    return REFUSALS.get(status, _ANYTHING_ELSE)


def _by_words(words: str, rule: Rule) -> OutcomeKind:
    said = meaning(words) if rule.heeded else Meaning.NOTHING_KNOWN
    return MEANT_OUTCOMES[said] if said in rule.heeded else rule.otherwise


def _granted(answer: Answer, body: Mapping[str, object] | None, words: str) -> OutcomeKind:
    """A 2xx: only a body that says so in the right types confirms anything."""
    if body is None or answer.truncated:
        return OutcomeKind.UNCONFIRMED
    success = body.get("success")
    if success is False:
        return _denied(body, words, OutcomeKind.TRANSIENT)
    if body.get("error") or body.get("errorCode"):
        return OutcomeKind.UNCONFIRMED if success else _denied(body, words, OutcomeKind.UNCONFIRMED)
    found_id = message_id(body)
    if not (found_id is None or isinstance(found_id, str)) or _word(body.get("status")) in _FAILED:
        return OutcomeKind.UNCONFIRMED
    if success is not True and (success is not None or found_id is None) and body.get("accepted") is not True:
        return OutcomeKind.UNCONFIRMED
    return _accepted_or_sent(answer.status, body, success)


def _accepted_or_sent(status: int, body: Mapping[str, object], success: object) -> OutcomeKind:
    accepted = body.get("accepted")
    if accepted is True:
        return OutcomeKind.ACCEPTED if success in (None, True) else OutcomeKind.UNCONFIRMED
    if accepted is not None and (accepted is not False or message_id(body) is None):
        return OutcomeKind.UNCONFIRMED
    if status == 202 or _word(body.get("status")) in _QUEUED:
        return OutcomeKind.ACCEPTED
    return OutcomeKind.SENT


def _denied(body: Mapping[str, object], words: str, otherwise: OutcomeKind) -> OutcomeKind:
    if restriction_code(body):
        return OutcomeKind.RESTRICTED
    return _by_words(words, Rule(otherwise))


def _word(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
