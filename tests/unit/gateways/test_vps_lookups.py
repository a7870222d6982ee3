"""Every answer to a look-up, and what it says about the last message to a chat."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from truesend.gateways.http_answers import Answer
from truesend.gateways.protocol import LookupResult, LookupVerdict
from truesend.gateways.redaction import Redactor
from truesend.gateways.vps import json_object, said
from truesend.gateways.vps_lookups import lookup_result

FOUND, ABSENT, CANNOT_TELL = LookupVerdict.FOUND, LookupVerdict.ABSENT, LookupVerdict.CANNOT_TELL
NOW: Final = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
SENT_AT: Final = datetime(2026, 3, 1, 11, 59, 30, tzinfo=UTC)
SENT_AT_S: Final = int(SENT_AT.timestamp())


def _found(
    status: int, body: object, *, truncated: bool = False, headers: dict[str, str] | None = None
) -> LookupResult:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    answer = Answer(status, headers or {}, data, truncated)
    told = json_object(answer)
    clean = Redactor(()).words
    return lookup_result("wa_1", "919800000001", answer, told, said(answer, told), clean, NOW)


def _sent(**fields: object) -> dict[str, object]:
    return {"success": True, "found": True, "messageId": "3EB0AB", "status": "sent", "timestamp": SENT_AT_S, **fields}


def test_a_message_that_the_gateway_sent_is_found_with_its_id_and_time() -> None:
    assert _found(200, _sent()) == LookupResult(FOUND, "3EB0AB", SENT_AT, confirmed=True)


@pytest.mark.parametrize(
    ("status", "confirmed"),
    [
        ("sent", True),
        ("SERVER_ACK", True),
        ("delivered", True),
        ("read", True),
        (2, True),
        (4, True),
        ("pending", False),
        ("failed", False),
        ("error", False),
        ("anything else", False),
        (None, False),
        (0, False),
        (1, False),
        (99, False),
        (True, False),
        (["sent"], False),
    ],
)
def test_only_a_state_that_means_gone_out_confirms_a_found_message(status: object, confirmed: bool) -> None:
    result = _found(200, _sent(status=status))

    assert (result.verdict, result.confirmed) == (FOUND, confirmed)


@pytest.mark.parametrize(
    "written",
    [
        SENT_AT_S,
        float(SENT_AT_S),
        SENT_AT_S * 1000,
        str(SENT_AT_S),
        str(SENT_AT_S * 1000),
        "2026-03-01T11:59:30Z",
        "2026-03-01T11:59:30.000+00:00",
        "2026-03-01T17:29:30+05:30",
        "2026-03-01T11:59:30",
        {"low": SENT_AT_S, "high": 0, "unsigned": True},
    ],
)
def test_the_time_is_read_in_every_way_in_which_gateways_write_it(written: object) -> None:
    assert _found(200, _sent(timestamp=written)).sent_at == SENT_AT


@pytest.mark.parametrize(
    "written",
    [None, True, "", "soon", [], {}, {"low": "1"}, 1e300, -1e300, 2**53 * 1000, "NaN", "inf", "9" * 400, "2026-13-01"],
)
def test_a_time_that_is_none_leaves_the_message_found_without_a_time(written: object) -> None:
    assert _found(200, _sent(timestamp=written)).sent_at is None


@pytest.mark.parametrize("written", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("date", ["Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "garbage", ""])
def test_the_ends_of_the_calendar_crash_nothing(written: str, date: str) -> None:
    assert _found(200, _sent(timestamp=written), headers={"Date": date}).verdict is FOUND


@pytest.mark.parametrize("ahead", [timedelta(hours=5, minutes=30), timedelta(minutes=-7)])
def test_a_gateway_whose_clock_is_wrong_is_corrected_by_its_date_header(ahead: timedelta) -> None:
    date = format_datetime(NOW + ahead, usegmt=True)
    result = _found(200, _sent(timestamp=(SENT_AT + ahead).timestamp()), headers={"Date": date})

    assert result.sent_at == SENT_AT


def test_a_second_of_difference_is_the_header_s_own_roundness_and_corrects_nothing() -> None:
    date = format_datetime(NOW - timedelta(seconds=1), usegmt=True)

    assert _found(200, _sent(), headers={"Date": date}).sent_at == SENT_AT


def test_a_gateway_that_knows_no_message_says_absent() -> None:
    assert _found(200, {"success": True, "found": False}) == LookupResult(ABSENT)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"Cannot POST /message-status"),
        (404, {"error": "Session not found"}),
        (401, {"error": "Invalid API key"}),
        (500, {"error": "boom"}),
        (503, {"error": "Session wa_1 is not connected"}),
        (302, b""),
        (200, b""),
        (200, b'{"success":true,"found":false'),
        (200, []),
        (200, {}),
        (200, {"success": True}),
        (200, {"success": False, "found": False}),
        (200, {"success": True, "found": False, "error": "store not loaded"}),
        (200, {"success": True, "found": "no"}),
        (200, {"success": True, "found": 0}),
        (200, {"success": True, "found": None}),
        (200, _sent(sessionId="wa_2")),
        (200, _sent(groupJid="120363@g.us")),
    ],
    ids=lambda value: str(value)[:50],
)
def test_every_other_answer_proves_nothing_and_says_why(status: int, body: object) -> None:
    result = _found(status, body)

    assert result.verdict is CANNOT_TELL
    assert result.detail


def test_the_chat_may_come_back_as_the_jid_of_the_number() -> None:
    assert _found(200, _sent(groupJid="919800000001@s.whatsapp.net")).verdict is FOUND


def test_an_answer_that_was_cut_off_proves_no_absence() -> None:
    assert _found(200, {"success": True, "found": False}, truncated=True).verdict is CANNOT_TELL


ODD = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=20)
FIELDS = st.dictionaries(
    st.sampled_from(["success", "found", "messageId", "status", "timestamp", "error", "groupJid"]), ODD, max_size=6
)


@given(st.integers(100, 999), st.binary(max_size=50) | FIELDS.map(orjson.dumps), st.text(max_size=40))
def test_no_answer_whatever_it_holds_raises_or_finds_what_it_does_not_name(status: int, body: bytes, date: str) -> None:
    result = _found(status, body, headers={"Date": date})

    if result.verdict is not CANNOT_TELL:
        assert 200 <= status < 300
        assert orjson.loads(body)["found"] is (result.verdict is FOUND)
