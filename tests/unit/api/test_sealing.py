"""Secrets in the bodies of webhooks: none on Kafka, and every byte back where it was."""

from base64 import b64decode, b64encode
from urllib.parse import urlencode

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.api.webhooks.sealing import sealed, unsealed

SECRETS = ("token/with+odd=signs", 'quoted"key', "secret", "secretive")


def test_a_sealed_body_holds_no_secret_however_it_is_spelled() -> None:
    bodies = (
        orjson.dumps({"event": "connection.update", "apikey": SECRETS[1], "data": {"key": SECRETS[3]}}),
        urlencode({"jsonData": "{}", "token": SECRETS[0]}).encode(),
        b"secret",
    )

    for body in bodies:
        shut = sealed(body, SECRETS)
        for secret in SECRETS:
            assert secret.encode() not in shut
            assert orjson.dumps(secret)[1:-1] not in shut
            assert urlencode({"": secret})[1:].encode() not in shut
        assert unsealed(shut, SECRETS) == body


@given(
    pieces=st.lists(st.binary(max_size=20) | st.sampled_from([secret.encode() for secret in SECRETS]), max_size=20),
    secrets=st.permutations(SECRETS),
)
def test_what_is_opened_is_what_was_sealed_to_the_byte(pieces: list[bytes], secrets: list[str]) -> None:
    body = b"".join(pieces)

    assert unsealed(sealed(body, SECRETS), secrets) == body


def test_where_there_are_no_secrets_a_body_stays_as_it_is() -> None:
    assert sealed(b"{}", ("", "")) == b"{}" == unsealed(b"{}", ())


def test_a_secret_within_base64_is_sealed_wherever_it_begins() -> None:
    for user in ("", "u", "us", "user:"):
        body = b64encode(f"{user}{SECRETS[3]}:rest".encode())

        shut = sealed(body, SECRETS)

        assert shut != body
        assert SECRETS[3].encode() not in b64decode(shut.split(b"<")[0] + b"====")
        assert unsealed(shut, SECRETS) == body
