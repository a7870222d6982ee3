"""What the evidence makes of a message: a set, never an order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sender.chats import chat_of
from services.sender.told import told_by
from services.sender.weigh import (
    AttemptFailed,
    BecomesRejected,
    BecomesSent,
    KnownAttempt,
    MessageNow,
    Receipts,
    Strength,
    weigh,
)
from truesend.contracts.events import GatewayEvent
from truesend.gateways.protocol import Outcome, OutcomeKind

START = datetime(2026, 3, 1, tzinfo=UTC)
NO = Outcome(OutcomeKind.PERMANENT, "no")
SEEN = Receipts(START, 1, 0, has_news=True)

attempts = st.builds(
    KnownAttempt,
    lease_token=st.uuids(),
    started_at=st.integers(-99, -1).map(lambda hours: START + timedelta(hours=hours)),
    confirmed_by=st.sampled_from([None, "http", "callback", "lookup"]),
    failed=st.sampled_from([None, NO, Outcome(OutcomeKind.UNCONFIRMED), Outcome(OutcomeKind.TRANSIENT)]),
    rejected=st.sampled_from([None, NO]),
    delivered=st.sampled_from([Receipts(), SEEN]),
    read=st.just(Receipts()),
    is_counted=st.booleans(),
)
statuses = st.sampled_from(["pending", "sending", "sent", "failed", "cancelled", "a word of the CRM's own"])


@settings(deadline=None)
@given(status=statuses, known=st.lists(attempts, max_size=4, unique_by=lambda a: a.started_at), data=st.data())
def test_the_order_in_which_attempts_are_looked_at_changes_nothing(
    status: str, known: list[KnownAttempt], data: st.DataObject
) -> None:
    message = MessageNow(status, known[-1].started_at if known and status != "pending" else None)
    assert weigh(message, data.draw(st.permutations(known))) == weigh(message, known)


@settings(deadline=None)
@given(status=statuses, known=st.lists(attempts, max_size=4, unique_by=lambda a: a.started_at))
def test_nothing_becomes_sent_that_no_attempt_proves(status: str, known: list[KnownAttempt]) -> None:
    weighing = weigh(MessageNow(status, known[0].started_at if known else None), known)
    if isinstance(weighing.change, BecomesSent):
        assert weighing.attempt is not None
        assert weighing.attempt.strength in {Strength.CONFIRMED, Strength.ARRIVED}
        assert status in {"pending", "sending", "failed"}


@pytest.mark.parametrize(
    ("known", "change"),
    [
        (KnownAttempt(None, START, failed=NO), AttemptFailed(NO)),
        (KnownAttempt(None, START, failed=NO, confirmed_by="callback"), BecomesSent("callback")),
        (KnownAttempt(None, START, confirmed_by="http", rejected=NO), BecomesRejected(NO, False, is_counted_now=True)),
        (KnownAttempt(None, START, rejected=NO, delivered=SEEN), BecomesSent("receipt")),
        (KnownAttempt(None, START, failed=Outcome(OutcomeKind.UNCONFIRMED)), None),
        (KnownAttempt(None, START), None),
    ],
)
def test_a_receipt_outweighs_a_rejection_that_a_confirmation_that_a_failed_callback(
    known: KnownAttempt, change: object
) -> None:
    assert weigh(MessageNow("sending", START), [known]).change == change


def test_a_delivered_message_is_not_failed_by_a_rejection() -> None:
    message = MessageNow("sent", START, delivered_at=START)
    assert weigh(message, [KnownAttempt(None, START, confirmed_by="http", rejected=NO)]).change is None


@pytest.mark.parametrize(
    ("newer", "change"),
    [
        (KnownAttempt(None, START), None),
        (KnownAttempt(None, START, failed=Outcome(OutcomeKind.UNCONFIRMED)), None),
        (KnownAttempt(None, START, failed=NO), BecomesSent("callback")),
        (KnownAttempt(None, START, rejected=NO), BecomesSent("callback")),
    ],
)
def test_an_older_attempts_proof_waits_for_the_newer_one_to_end_and_counts_when_it_failed(
    newer: KnownAttempt, change: object
) -> None:
    older = KnownAttempt(None, START - timedelta(hours=1), confirmed_by="callback")
    assert weigh(MessageNow("sending", START), [older, newer]).change == change


def test_a_sent_message_follows_from_the_attempt_that_it_was_sent_by() -> None:
    rejected = KnownAttempt(None, START - timedelta(hours=1), confirmed_by="callback", rejected=NO)
    tried_since = KnownAttempt(None, START, is_counted=True)
    weighing = weigh(MessageNow("sent", rejected.started_at), [rejected, tried_since])
    assert weighing.change == BecomesRejected(NO, is_correction=True, is_counted_now=True)


def test_a_receipt_is_never_earlier_than_its_attempt() -> None:
    early = KnownAttempt(None, START, delivered=Receipts(START - timedelta(hours=1), 1, 0, has_news=True))
    assert weigh(MessageNow("sent", START), [early]).delivered_at == START


@pytest.mark.parametrize(
    ("to", "announced", "tells"),
    [(1, 0, True), (1, 1, False), (20, 19, True), (21, 20, False), (50, 49, True), (99, 50, False)],
)
def test_each_reader_of_a_small_group_is_told_and_of_a_large_one_every_fiftieth(
    to: int, announced: int, tells: bool
) -> None:
    read = KnownAttempt(None, START, delivered=SEEN, read=Receipts(START, to, announced, has_news=True))
    assert weigh(MessageNow("sent", START), [read]).announces_read is tells


@pytest.mark.parametrize(
    ("text", "chat"),
    [
        ("919812345678", "919812345678"),
        ("+91 98123-45678", "919812345678"),
        ("919812345678@s.whatsapp.net", "919812345678"),
        ("919812345678:12@s.whatsapp.net", "919812345678"),
        ("919812345678@c.us", "919812345678"),
        ("120363012345678901@g.us", "120363012345678901@g.us"),
        ("123456789012345@lid", None),
        ("status@broadcast", None),
        ("9" * 100, None),
        ("٩١٩٨١٢٣٤٥٦٧٨", None),
        ("", None),
        (None, None),
    ],
)
def test_one_chat_has_one_spelling(text: str | None, chat: str | None) -> None:
    assert chat_of(text) == chat


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_no_text_is_taken_for_a_chat_that_is_none(text: str) -> None:
    chat = chat_of(text)
    assert chat is None or chat.removesuffix("@g.us").replace("-", "").isascii()
    assert chat is None or chat_of(chat) == chat


def event(**values: object) -> GatewayEvent:
    known = {"gateway": "default", "gateway_session_id": "wa_1", "kind": "read", "received_at": START}
    return GatewayEvent.model_validate(known | {"gateway_message_id": "3EB0"} | values)


def key(**values: object) -> UUID:
    told = told_by(event(**values))
    assert told is not None
    return told.told_key


def test_the_same_thing_told_twice_is_one_thing_whenever_it_comes() -> None:
    assert key() == key(received_at=START + timedelta(hours=1), occurred_at=START, recipient="919812345678")
    assert key(reader="919812345678") == key(reader="919812345678@s.whatsapp.net")
    assert key(reader="919812345678") != key(reader="919812345679")
    assert key(kind="delivered") != key()


def test_callbacks_without_an_id_are_told_apart_by_their_time() -> None:
    callback = {"kind": "sent", "gateway_message_id": None, "recipient": "919812345678"}
    later = START + timedelta(seconds=1)
    assert key(**callback, occurred_at=START) == key(**callback, occurred_at=START, received_at=later)
    assert key(**callback, occurred_at=START) != key(**callback, occurred_at=later, received_at=later)


@pytest.mark.parametrize("year", [1, 9999])
def test_a_time_that_cannot_be_is_no_time(year: int) -> None:
    told = told_by(event(occurred_at=datetime(year, 6, 1, tzinfo=UTC)))
    assert told is not None
    assert told.told_at <= START
    assert told.is_timed is (year == 1)


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "status"},
        {"gateway_message_id": None, "recipient": "919812345678"},
        {"gateway_message_id": "\0"},
        {"gateway_message_id": "x" * 300},
        {"kind": "sent", "gateway_message_id": None, "recipient": "123@lid"},
    ],
)
def test_what_names_neither_a_message_nor_a_chat_is_no_evidence(values: dict[str, object]) -> None:
    assert told_by(event(**values)) is None
