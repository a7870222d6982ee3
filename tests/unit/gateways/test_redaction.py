"""What a gateway says is shown without secrets, without the message, without markup, and in bounds."""

import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truesend.gateways.redaction import Redactor, without_numbers

KEY = "sk-live-1f9a77c0"
TEXT = "Dear Asha, your workshop starts at 18:30 today.\nBring your “notebook” & a <b>pen</b>!"
REDACT = Redactor((KEY,))


@pytest.mark.parametrize(
    "said",
    [
        f"bad key {KEY}",
        f"bad key {KEY}x",
        f'{{"apikey":"{KEY}"}}',
        f"http://gateway/send?apikey={KEY}&x=1",
    ],
)
def test_the_gateway_s_key_is_never_shown(said: str) -> None:
    assert KEY not in REDACT.words(said)


@pytest.mark.parametrize(
    "said",
    [
        '{"apikey":"other-key-123"}',
        '{"x-api-key": "other-key-123"}',
        '{"Authorization":"other-key-123"}',
        '{"Authorization":"Bearer other-key-123"}',
        '{"token":"other-key-123","x":1}',
        '{"access_token":"other-key-123"}',
        '{"webhook_secret":"other-key-123"}',
        '{\\"apikey\\":\\"other-key-123\\"}',
        "{'token': 'other-key-123'}",
        "Authorization: Bearer other-key-123",
        "X-API-Key: other-key-123",
        "token=other-key-123",
        "sent with bearer other-key-123",
    ],
)
def test_what_looks_like_somebody_s_key_is_not_shown(said: str) -> None:
    shown = REDACT.words(said)

    assert "other-key-123" not in shown
    assert "[hidden]" in shown


def test_a_json_web_token_is_not_shown() -> None:
    assert "eyJ" not in REDACT.words("rejected eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl now")


@pytest.mark.parametrize(
    "said",
    [
        "Invalid token",
        "token expired",
        "Session wa_1 is not connected",
        "the basic plan allows no more",
        "secret chats?",
    ],
)
def test_words_without_a_secret_stay_as_they_are(said: str) -> None:
    assert REDACT.words(said) == said


@pytest.mark.parametrize(
    "said",
    [
        f"could not send {TEXT}",
        f"could not send {TEXT[:30]}…",
        f"could not send …{TEXT[20:]}",
        json.dumps({"request": {"message": TEXT}}),
        json.dumps({"request": {"message": TEXT}}, ensure_ascii=False),
        json.dumps({"request": json.dumps({"message": TEXT})}),
        "could not send " + quote(TEXT, safe=""),
        f"<pre>could not send {TEXT}</pre>",
    ],
)
def test_the_message_is_not_shown_however_it_is_echoed(said: str) -> None:
    shown = REDACT.words(said, TEXT)

    assert "[message text]" in shown
    for part in ("Asha", "workshop", "18:30", "notebook"):
        assert part not in shown


def test_a_short_message_is_hidden_where_it_stands_alone_and_nowhere_else() -> None:
    assert REDACT.words("could not send 'Hi' to this one", "Hi") == "could not send '[message text]' to this one"


def test_an_error_that_does_not_hold_the_message_stays_readable() -> None:
    assert REDACT.words("Session wa_1 is not connected", TEXT) == "Session wa_1 is not connected"


def test_the_end_of_a_long_echo_does_not_show_the_first_letters_of_the_message() -> None:
    shown = REDACT.words("x" * 1_490 + TEXT, TEXT)

    assert "Dear" not in shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no session for +91 98316-62479.", "no session for [number]."),
        ("lost 919831662479@s.whatsapp.net", "lost [number]@s.whatsapp.net"),
        ("not in 120363012345678901@g.us", "not in [number]@g.us"),
        ("connect ECONNREFUSED 127.0.0.1:3000, code 428", "connect ECONNREFUSED 127.0.0.1:3000, code 428"),
        ("3EB0123456789A was refused at 09:00", "3EB0123456789A was refused at 09:00"),
    ],
)
def test_what_is_said_of_a_session_names_nobody_it_wrote_to(said: str, shown: str) -> None:
    assert without_numbers(said) == shown


def test_a_page_of_html_becomes_its_text() -> None:
    page = "<html><head><style>b{color:red}</style><script>alert(1)</script></head><body><h1>502</h1>Bad&nbsp;Gateway"

    assert REDACT.words(page) == "502 Bad Gateway"


def test_control_and_direction_characters_are_gone() -> None:
    assert REDACT.words("a\x00b\x1b[31mc\r\n\td\u202ee\ud800f") == "a b [31mc d e f"


def test_long_words_are_cut_and_say_so() -> None:
    shown = REDACT.words("long " * 10_000)

    assert len(shown) == 500
    assert shown.endswith("…")


@pytest.mark.parametrize(
    "unit",
    [
        "<p>",
        "<",
        '"token',
        '"',
        "\\",
        "\\u",
        "authorization:",
        "bearer ",
        "eyJ",
        "eyJa.",
        "<!--",
        "<script",
        "%41",
        " ",
        TEXT,
    ],
)
def test_a_hostile_body_of_64_kilobytes_costs_no_noticeable_time(unit: str) -> None:
    said = (unit * (65_536 // len(unit) + 1))[:65_536]
    started = time.process_time()

    REDACT.words(said, TEXT * 40)

    assert time.process_time() - started < 0.5


def test_the_representation_shows_no_secret() -> None:
    assert KEY not in repr(REDACT)


@given(st.text(max_size=300), st.text(max_size=60), st.text(min_size=6, max_size=20))
def test_nothing_raises_and_everything_is_fit_for_a_row(said: str, text: str, secret: str) -> None:
    shown = Redactor((secret,)).words(said, text)

    assert len(shown) <= 500
    assert "\x00" not in shown
    shown.encode()


@given(st.text(min_size=16, max_size=80, alphabet=st.characters(categories=["L", "N"])), st.text(max_size=40))
def test_a_message_of_letters_is_never_shown_whatever_stands_around_it(text: str, around: str) -> None:
    assert text not in REDACT.words(f"{around} {text} {around}", text)
