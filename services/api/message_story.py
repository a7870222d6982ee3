"""A message's whole story: facts, attempts and what its gateway told, merged into one order. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Entry = Mapping[str, Any]
# of one moment: what was asked comes before what was answered, and that before what the row became of it
_CLAIMED, _STARTED, _TOLD, _ANSWERED, _FACT = range(5)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where an entry stands; a page begins after one. ``number`` is the fact's, the attempt's, or the telling's."""

    at: datetime
    rank: int
    number: int


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, and its place."""

    place: Place
    item: dict[str, Any]


def story(message: Entry, facts: Sequence[Entry], attempts: Sequence[Entry], evidence: Sequence[Entry]) -> list[Told]:
    """Everything that is known of a message, the earliest first.

    ``facts`` are in the order of their ``seq``, and keep it; ``attempts`` have columns of message_attempts, ``evidence``
    of what gateways told. A message that the CRM made has no fact of it: its row tells when.
    """
    told = [*_facts(facts), *_attempts(attempts, facts), *_evidence(evidence, message)]
    if not any(fact["type"] == "message.created" for fact in facts):
        told.append(Told(Place(message["created_at"], -1, 0), _made_by_the_crm(message)))
    return sorted(told, key=lambda entry: entry.place)


def _facts(facts: Sequence[Entry]) -> Iterator[Told]:
    """Clocks may disagree about two transactions; their order is that of seq."""
    latest: datetime | None = None
    for fact in facts:
        at = _occurred_at(fact)
        latest = at if latest is None or at > latest else latest
        payload = fact["payload"]
        item = {**payload, "type": fact["type"], "position": fact["position"], "created_at": fact["created_at"]}
        yield Told(Place(latest, _FACT, fact["seq"]), item)


def _attempts(attempts: Iterable[Entry], facts: Sequence[Entry]) -> Iterator[Told]:
    for attempt in attempts:
        number, started_at, finished_at = attempt["number"], attempt["started_at"], attempt["finished_at"]
        common = {"number": number, "session_id": attempt["session_id"], "gateway": attempt["gateway"]}
        claimed_at = attempt["claimed_at"]
        if claimed_at is not None:
            yield Told(Place(claimed_at, _CLAIMED, number), _item("attempt.claimed", claimed_at, **common))
        yield Told(Place(started_at, _STARTED, number), _item("attempt.started", started_at, **common))
        answer = {name: attempt[name] for name in ("outcome", "http_status", "gateway_message_id", "answer", "applied")}
        yield Told(
            Place(_before_its_fact(attempt, facts), _ANSWERED, number),
            _item("attempt.answered", finished_at, **common, **answer),
        )


def _before_its_fact(attempt: Entry, facts: Sequence[Entry]) -> datetime:
    """The fact and the attempt of one statement: its time is when it began, the attempt's when it was written."""
    return next(
        (
            _occurred_at(fact)
            for fact in facts
            if fact["payload"].get("outcome") == attempt["outcome"]
            and attempt["started_at"] <= _occurred_at(fact) <= attempt["finished_at"]
        ),
        attempt["finished_at"],
    )


def _evidence(evidence: Iterable[Entry], message: Entry) -> Iterator[Told]:
    for told in evidence:
        at = max(told["told_at"], message["created_at"])
        details = {name: value for name, value in told.items() if name not in {"id", "kind", "told_at"}}
        yield Told(Place(at, _TOLD, told["id"]), _item(f"gateway.{told['kind']}", at, **details))


def _made_by_the_crm(message: Entry) -> dict[str, Any]:
    return _item("message.created", message["created_at"], status="pending")


def _item(kind: str, at: datetime, *, status: str | None = None, **details: object) -> dict[str, Any]:
    return {"type": kind, "status": status, "occurred_at": at, "position": None, "created_at": at, **details}


def _occurred_at(fact: Entry) -> datetime:
    told = fact["payload"].get("occurred_at")
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else fact["created_at"]
    except ValueError:
        moment = fact["created_at"]
    at: datetime = moment if moment.tzinfo else fact["created_at"]
    return at
