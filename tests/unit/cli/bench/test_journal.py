"""What a bench knows of its messages, and what it makes of that."""

from datetime import UTC, datetime, timedelta
from typing import Any

from truesend.cli.bench.figures import LONGEST_TIMELINE, figures_of, percentiles, timeline
from truesend.cli.bench.journal import Journal
from truesend.cli.bench.run import Result

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fact(message_id: str, kind: str, after_s: float = 0.0, **values: Any) -> dict[str, Any]:
    at = (NOON + timedelta(seconds=after_s)).isoformat()
    status = {"created": "pending", "retry_scheduled": "pending"}.get(kind, kind)
    return {"id": message_id, "type": f"message.{kind}", "status": status, "occurred_at": at} | values


def journal_of(*message_ids: str) -> Journal:
    journal = Journal()
    journal.posted([{"id": message_id} for message_id in message_ids])
    return journal


def test_from_due_to_sent_is_measured_by_what_the_facts_say_not_by_when_they_come() -> None:
    journal = journal_of("a")
    journal.take(fact("a", "created"))
    journal.take(fact("a", "sent", 1.5))

    found = figures_of(Result(journal))

    assert found.due_to_sent is not None
    assert found.due_to_sent.p50_ms == 1500.0
    assert (found.by_status, found.all_went_well) == ({"sent": 1}, True)


def test_others_messages_on_the_same_stream_count_for_nothing() -> None:
    journal = journal_of("a")
    journal.take(fact("theirs", "sent"))

    assert journal.open_ones() == ["a"]
    assert figures_of(Result(journal)).by_status == {"pending": 1}


def test_what_was_refused_failed_or_tried_again_is_counted_by_its_kind() -> None:
    journal = journal_of("a", "b")
    journal.posted([{"error": {"detail": "wrong", "errors": [{"field": "recipient", "detail": "must be a number"}]}}])
    journal.take(fact("a", "retry_scheduled", outcome="transient"))
    journal.take(fact("a", "failed", error_message="Not on WhatsApp"))
    journal.take(fact("b", "sent"))

    found = figures_of(Result(journal))

    assert found.refused == {"recipient must be a number": 1}
    assert found.troubles == {"message.retry_scheduled: transient": 1, "message.failed: Not on WhatsApp": 1}
    assert not found.all_went_well


def test_evidence_that_comes_late_corrects_what_was_counted() -> None:
    journal = journal_of("a")
    journal.take(fact("a", "failed"))
    journal.take(fact("a", "sent", 2.0, correction=True))

    assert (journal.still_open, figures_of(Result(journal)).by_status) == (0, {"sent": 1})


def test_one_that_ended_while_the_stream_was_away_is_taken_from_its_row() -> None:
    journal = journal_of("a", "b")
    row = {"status": "sent", "scheduled_for": NOON.isoformat(), "sent_at": (NOON + timedelta(seconds=3)).isoformat()}
    journal.looked_up("a", row, NOON)
    journal.looked_up("b", {"status": "cancelled"}, NOON)

    found = figures_of(Result(journal))

    assert found.due_to_sent is not None
    assert (found.due_to_sent.most_ms, journal.still_open) == (3000.0, 0)


def test_percentiles_are_values_that_were_measured() -> None:
    found = percentiles([number / 1000 for number in range(1, 101)])

    assert found is not None
    assert (found.p50_ms, found.p95_ms, found.p99_ms, found.most_ms) == (50.0, 95.0, 99.0, 100.0)
    assert percentiles([]) is None


def test_a_timeline_has_every_message_and_stays_short() -> None:
    short = timeline([0.2, 0.9, 2.5])
    long = timeline([number / 2 for number in range(400)])

    assert [(each.from_s, each.to_s, each.sent_per_s) for each in short] == [(0, 1, 2.0), (1, 2, 0.0), (2, 3, 1.0)]
    assert len(long) <= LONGEST_TIMELINE
    assert round(sum(each.sent_per_s * (each.to_s - each.from_s) for each in long)) == 400
