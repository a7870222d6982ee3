"""Known secrets are found however they are spelled."""

from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import orjson
from hypothesis import given
from hypothesis import strategies as st

from truesend.observability.hidden import HIDDEN, hiding

SECRET = 'canary "key"/with+odd=signs'


@given(before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_a_secret_in_base64_is_hidden_whatever_stands_around_it(before: bytes, after: bytes) -> None:
    hide = hiding([SECRET])

    for encoded in (b64encode, urlsafe_b64encode):
        shown = hide(encoded(before + SECRET.encode() + after).decode())
        assert HIDDEN in shown
        assert len(shown) < len(HIDDEN) + len(before) * 2 + len(after) * 2 + 8


def test_a_secret_in_json_in_a_url_and_in_a_form_is_hidden_and_the_rest_stays() -> None:
    hide = hiding([SECRET, "other-secret"])

    for spelled in (SECRET, orjson.dumps(SECRET)[1:-1].decode(), quote(SECRET, safe=""), quote_plus(SECRET)):
        assert hide(f"before {spelled} after other-secret") == f"before {HIDDEN} after {HIDDEN}"


def test_what_is_too_short_to_be_told_from_a_word_stays() -> None:
    assert hiding(["", "pass"])("a pass failed") == "a pass failed"
