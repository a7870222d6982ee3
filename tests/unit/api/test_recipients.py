"""Recipients: one spelling per chat, and nothing that cannot be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.recipients import normalized_phone_number, normalized_recipient


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+49 1512 3456789", "4915123456789"),
        ("4915123456789", "4915123456789"),
        ("00491512 345-6789", "4915123456789"),
        (" +1 (202) 555-0123 ", "12025550123"),
        ("+1 555 123 4567", "15551234567"),
        ("4915123456789@s.whatsapp.net", "4915123456789"),
        ("120363012345678901@g.us", "120363012345678901@g.us"),
        ("4915123456789-1400000000@g.us", "4915123456789-1400000000@g.us"),
    ],
)
def test_a_chat_has_one_spelling(written: str, kept: str) -> None:
    assert normalized_recipient(written) == kept
    assert normalized_recipient(kept) == kept


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hello",
        "12345",
        "+1",
        "+49123",
        "0151 23456789",
        "+999 123 456 789",
        "+00000000000",
        "+123456789012345678",
        "1-800-FLOWERS",
        "+49 1512 3456789; DROP TABLE",
        "+49 1512 3456789 ext. 5",
        "٤٩١٥١٢٣٤٥٦٧٨٩",
        "@g.us",
        "x@g.us",
        "120363012345678901@G.US",
        "120363012345678901@g.us ; x",
        "120363012345678901@newsletter",
        "status@broadcast",
        "4915123456789@c.us",
        "999123456789@s.whatsapp.net",
        "4915123456789\n",
    ],
)
def test_what_cannot_be_a_chat_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must be a phone number"):
        normalized_recipient(written)


@given(st.text(max_size=40) | st.text("+0123456789 ()./-@gus", max_size=40))
def test_whatever_is_written_is_refused_or_kept_in_a_form_that_stays_as_it_is(written: str) -> None:
    try:
        kept = normalized_recipient(written)
    except ValueError:
        return
    assert normalized_recipient(kept) == kept
    assert kept.endswith("@g.us") or (kept.isascii() and kept.isdecimal() and 7 <= len(kept) <= 15)


@pytest.mark.parametrize("written", ["120363012345678901@g.us", "12", "", "a phone", "+999 1"])
def test_a_phone_number_is_no_group_and_its_refusal_does_not_speak_of_groups(written: str) -> None:
    with pytest.raises(ValueError, match="country code") as refusal:
        normalized_phone_number(written)

    assert "group" not in str(refusal.value)


def test_a_phone_number_is_kept_as_a_recipients_is() -> None:
    assert normalized_phone_number("+49 1512 3456789") == "4915123456789"
