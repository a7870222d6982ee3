"""One message's story, merged from facts, attempts and what its gateway told."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.api.message_story import story

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
MESSAGE = {"created_at": START}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def fact(seq: int, kind: str, seconds: float, **payload: Any) -> dict[str, Any]:
    body = {"type": kind, "occurred_at": at(seconds).isoformat(), "status": "sending", **payload}
    return {"seq": seq, "type": kind, "position": seq, "payload": body, "created_at": at(seconds + 0.01)}


def attempt(number: int, claimed: float, started: float, finished: float, outcome: str) -> dict[str, Any]:
    return {
        "number": number,
        "session_id": None,
        "gateway": "default",
        "claimed_at": at(claimed),
        "started_at": at(started),
        "finished_at": at(finished),
        "outcome": outcome,
        "http_status": 200,
        "gateway_message_id": None,
        "answer": None,
        "applied": True,
    }


def told(number: int, kind: str, seconds: float, **details: Any) -> dict[str, Any]:
    return {"id": number, "kind": kind, "told_at": at(seconds), **details}


def kinds(entries: list[Any]) -> list[str]:
    return [entry.item["type"] for entry in entries]


def test_the_whole_story_is_told_in_order() -> None:
    facts = [
        fact(1, "message.created", 0),
        fact(2, "message.held", 5, outcome="session_down"),
        fact(3, "message.failed", 12, outcome="permanent"),
        fact(4, "message.retried", 60, actor="user ann@example.com"),
        fact(5, "message.accepted", 72, outcome="accepted"),
        fact(6, "message.sent", 80, confirmed_by="ack"),
        fact(7, "message.read", 95),
    ]
    attempts = [
        attempt(1, 1, 2, 5.002, "session_down"),
        attempt(2, 10, 11, 12.002, "permanent"),
        attempt(3, 70, 71, 72.5, "accepted"),
    ]

    entries = story(MESSAGE, facts, attempts, [told(1, "sent", 79), told(2, "read", 94, readers=1)])

    assert kinds(entries) == [
        "message.created",
        "attempt.claimed",
        "attempt.started",
        "attempt.answered",
        "message.held",
        "attempt.claimed",
        "attempt.started",
        "attempt.answered",
        "message.failed",
        "message.retried",
        "attempt.claimed",
        "attempt.started",
        "attempt.answered",
        "message.accepted",
        "gateway.sent",
        "message.sent",
        "gateway.read",
        "message.read",
    ]
    assert entries[9].item["actor"] == "user ann@example.com"
    assert entries[-2].item["readers"] == 1


def test_an_answer_stands_before_what_the_row_became_of_it_although_it_was_written_later() -> None:
    entries = story(MESSAGE, [fact(1, "message.sent", 3, outcome="sent")], [attempt(1, 1, 2, 3.4, "sent")], [])

    assert kinds(entries)[-2:] == ["attempt.answered", "message.sent"]
    assert entries[-2].item["occurred_at"] == at(3.4)


def test_an_answer_that_came_too_late_stands_where_it_came() -> None:
    doubt = fact(1, "message.unconfirmed", 90, outcome="unconfirmed")
    corrected = fact(2, "message.sent", 100.1, outcome="sent", correction=True)

    entries = story(MESSAGE, [doubt, corrected], [attempt(1, 1, 2, 100, "sent")], [])

    assert kinds(entries)[-3:] == ["message.unconfirmed", "attempt.answered", "message.sent"]


def test_a_message_that_the_crm_made_begins_with_its_row() -> None:
    entries = story(MESSAGE, [fact(1, "message.cancelled", 5)], [], [])

    assert kinds(entries) == ["message.created", "message.cancelled"]
    assert entries[0].item["occurred_at"] == START


def test_what_a_gateway_dates_before_the_message_was_made_stands_after_its_making() -> None:
    early = told(1, "delivered", 0) | {"told_at": datetime(1, 1, 1, tzinfo=UTC)}

    assert kinds(story(MESSAGE, [fact(1, "message.created", 0)], [], [early]))[-1] in {
        "message.created",
        "gateway.delivered",
    }
    assert kinds(story(MESSAGE, [], [], [early])) == ["message.created", "gateway.delivered"]


seconds = st.floats(-1e6, 1e6, allow_nan=False)


@given(
    st.lists(st.tuples(st.sampled_from(["message.sent", "message.held"]), seconds), max_size=6),
    st.lists(st.tuples(seconds, seconds, seconds, st.sampled_from(["sent", "transient"])), max_size=4),
    st.lists(seconds, max_size=4),
)
def test_facts_keep_the_order_in_which_they_were_written_and_nothing_is_lost_or_told_twice(
    facts: list[tuple[str, float]], attempts: list[tuple[float, float, float, str]], evidence: list[float]
) -> None:
    entries = story(
        MESSAGE,
        [fact(seq, kind, moment, outcome="sent") for seq, (kind, moment) in enumerate(facts)],
        [attempt(number, *times) for number, times in enumerate(attempts)],
        [told(number, "sent", moment) for number, moment in enumerate(evidence)],
    )

    places = [entry.place for entry in entries]
    positions = [entry.item["position"] for entry in entries if entry.item["position"] is not None]
    assert len(entries) == 1 + len(facts) + 3 * len(attempts) + len(evidence)
    assert all(one < other for one, other in pairwise(places))
    assert positions == list(range(len(facts)))


def test_a_fact_without_a_time_that_can_be_read_stands_where_it_was_written_down() -> None:
    broken = [fact(1, "message.sent", 1), fact(2, "message.read", 2)]
    broken[0]["payload"]["occurred_at"] = "soon"
    del broken[1]["payload"]["occurred_at"]

    assert kinds(story(MESSAGE, broken, [], [])) == ["message.created", "message.sent", "message.read"]
