"""The judge finds each broken promise, and nothing where none was broken."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

import pytest

from tests.chaos.judge import Fact, Findings, Row, by_promise, judge

SENT, DOUBT, FAILED = (UUID(int=number) for number in (1, 2, 3))
_NAMES = UUID(int=99)


def _fact(message_id: UUID, status: str, version: int, position: int) -> Fact:
    return Fact(uuid5(_NAMES, f"{message_id}{version}"), message_id, status, version, position)


def _findings(**changes: Any) -> Findings:
    """Three messages, as they should be: one sent, one in doubt at a gateway that can't be asked, one failed."""
    facts = (
        _fact(SENT, "sending", 3, 1),
        _fact(DOUBT, "sending", 4, 2),
        _fact(FAILED, "failed", 5, 3),
        _fact(SENT, "sent", 4, 4),
    )
    whole = Findings(
        wanted=(SENT, DOUBT, FAILED),
        rows=(
            Row(SENT, SENT, "main", "sent", 5, started=True, outcomes=("transient", "sent")),
            Row(DOUBT, DOUBT, "bare", "sending", 4, in_doubt=True, started=True, outcomes=("unconfirmed",)),
            Row(FAILED, FAILED, "main", "failed", 5, started=True, outcomes=("permanent",)),
        ),
        delivered={SENT: 1, DOUBT: 1},
        posted={SENT: 2, DOUBT: 1, FAILED: 1},
        facts=facts,
        logged={fact.ce_id: fact.position for fact in facts},
        positions=(1, 2, 3, 4),
        unpositioned=0,
        last_position=4,
        published_position=4,
        quiet_after_s=3.0,
        unsettling=frozenset({"bare"}),
    )
    return replace(whole, **changes)


def _with(row: Row) -> dict[str, Any]:
    return {"rows": tuple(row if each.id == row.id else each for each in _findings().rows)}


_SENT_ROW, _DOUBT_ROW, _FAILED_ROW = _findings().rows


def test_nothing_is_found_where_every_promise_was_kept() -> None:
    assert judge(_findings()) == []


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        ({"rows": (_DOUBT_ROW, _FAILED_ROW)}, "nothing lost"),
        ({"rows": (*_findings().rows, replace(_SENT_ROW, id=UUID(int=7)))}, "nothing lost"),
        ({"delivered": {SENT: 2}}, "nothing twice"),
        ({"delivered": {SENT: 1, DOUBT: 2}}, "nothing twice"),
        ({"delivered": {}}, "no false Sent"),
        ({"delivered": {SENT: 1, FAILED: 1}}, "no false Failed"),
        (_with(replace(_SENT_ROW, status="pending")), "nothing stuck"),
        (_with(replace(_DOUBT_ROW, in_doubt=False, has_lease=True)), "nothing stuck"),
        (_with(replace(_SENT_ROW, queued=True)), "nothing stuck"),
        (_with(replace(_DOUBT_ROW, outcomes=("unconfirmed", "unconfirmed"))), "no doubt sent again"),
        (_with(replace(_DOUBT_ROW, outcomes=())), "no groundless doubt"),
        (_with(replace(_DOUBT_ROW, started=False)), "no groundless doubt"),
        ({"facts": _findings().facts[:3]}, "every final state is told"),
        ({"logged": {**_findings().logged, UUID(int=8): 5}}, "every fact is published"),
        ({"unpositioned": 1}, "every fact is published"),
        ({"published_position": 3}, "every fact is published"),
        ({"positions": (1, 2, 4), "last_position": 4}, "no gaps"),
        ({"facts": _findings().facts[::-1]}, "order per message"),
        ({"settling": frozenset({"bare"})}, "doubts are settled"),
        ({"buried": 1}, "no dead letters"),
        ({"quiet_after_s": None}, "the queue empties"),
        ({"complaints": ("sender-1 ended by itself",)}, "processes"),
    ],
)
def test_each_broken_promise_is_found(broken: dict[str, Any], promise: str) -> None:
    assert promise in by_promise(judge(_findings(**broken)))


def test_repeats_of_facts_are_no_disorder() -> None:
    facts = _findings().facts

    assert judge(_findings(facts=(*facts, *facts[:2], *facts))) == []
