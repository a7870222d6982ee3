"""Bodies, names and headers made to be misread: by a parser, a database, a log, or the next one who reads them."""

import gzip
import hmac
import io
import json
from typing import Any
from uuid import UUID

import orjson
import pytest

from tests.harness.process_logging import logging_as_a_process_of
from tests.integration.api.client import Answer, ApiClient
from tests.integration.api.conftest import KEY, StartApi
from tests.integration.api.rows import Rows

SECRET = "the-secret-of-the-webhooks"


async def posted(api: ApiClient, path: str, body: bytes, **headers: str) -> Answer:
    sent = {"X-API-Key": KEY, "Content-Type": "application/json"} | headers
    return await api.call("POST", path, headers=sent, data=io.BytesIO(body))


def message(session_id: UUID, /, **changes: Any) -> bytes:
    return orjson.dumps(
        {"session_id": str(session_id), "recipient": "+4915112345678", "message_content": "Hello"} | changes
    )


async def test_a_body_that_two_parsers_read_differently_is_refused(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    good = message(session_id)
    odd = {
        "a name twice": good[:-1] + b',"recipient":"+4915100000000"}',
        "a name twice, once escaped": good[:-1] + b',"recipien\\u0074":"+4915100000000"}',
        "a name twice, deep inside": b'{"filter":{"status":"failed","status":"sent"}}',
        "a lone surrogate": good.replace(b"Hello", b"\\ud800"),
        "a surrogate in UTF-8": good.replace(b"Hello", b"\xed\xa0\x80"),
        "cut UTF-8": good.replace(b"Hello", b"\xc3"),
        "overlong UTF-8": good.replace(b"Hello", b"\xc0\xaf"),
        "UTF-16": good.decode().encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + good,
        "gzip": gzip.compress(good),
        "two values": good + good,
        "a raw NUL": good + b"\x00",
        "no number": good[:-1] + b',"x":NaN}',
        "a giant number": good[:-1] + b',"x":' + b"9" * 5_000 + b"}",
        "a giant exponent": good[:-1] + b',"x":1e999}',
        "a comment": good + b"// x",
        "deep arrays": b"[" * 100_000 + b"]" * 100_000,
        "deep objects": b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
    }
    for what, body in odd.items():
        for path in ("/v1/messages", "/v1/messages/batch", "/v1/messages/retry", "/v1/sessions/verify"):
            answer = await posted(api, path, body, **({"Content-Encoding": "gzip"} if what == "gzip" else {}))
            assert (answer.status, answer.body["type"]) == (400, "urn:truesend:problem:broken-json"), what

    assert (await posted(api, "/v1/messages", good)).status == 201
    assert await rows.one("SELECT count(*) FROM scheduled_whatsapp_messages") == 1


async def test_what_is_no_text_number_or_id_of_ours_is_refused_by_name(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    odd: list[dict[str, Any]] = [
        {"recipient": number}
        for number in (
            "\u0664\u0669\u0661\u0665\u0661\u0661\u0662\u0663\u0664\u0665\u0666\u0667",  # Arabic digits
            "\uff0b\uff14\uff1915112345678",  # full-width
            "+49\u20601511234567",
            "+4915112345678\r\nX-Evil: 1",
            "+4915112345678\x00",
            "120363012345678901@g.us\n",
            "\u202e+4915112345678",
            "+49 1511 2345678 " * 10_000,
        )
    ]
    odd += [
        {"message_content": "a\x00b"},
        {"message_content": "x" * 65_537},
        {"scheduled_for": "\u0662026-01-01T00:00:00Z"},
    ]
    odd += [{"session_id": f"{session_id}\r\n"}, {"session_id": "\u0660" * 32}, {"media_type": "image\x00"}]
    odd += [
        {"media_url": url}
        for url in (
            "file:///etc/passwd",
            "gopher://x/",
            "data:text/html,x",
            "http://x/\r\nY: z",
            "//x",
            "javascript:0",
            "http://",
        )
    ]
    odd += [
        {"recipient": {}},
        {"recipient": ["+4915112345678"]},
        {"recipient": 4915112345678},
        {"__proto__": {}},
        {"id": 1},
    ]

    for changes in odd:
        answer = await posted(api, "/v1/messages", message(session_id, **changes))
        assert answer.status == 422, changes
        assert [error["field"] for error in answer.body["errors"]] == [next(iter(changes))], changes

    for path in (
        "/v1/messages?limit=\u0661",
        "/v1/messages?limit=1e1",
        "/v1/sessions/%EF%BC%91",
        "/v1/messages?q=a%00bc",
    ):
        assert (await api.get(path)).status == 422, path


async def test_no_header_of_a_request_comes_back_as_one_of_the_answer(api: ApiClient, rows: Rows) -> None:
    session_id = await rows.session()
    for name in ("Idempotency-Key", "traceparent", "Last-Event-ID", "Origin", "X-Forwarded-Proto", "X-Request-Id"):
        answer = await posted(api, "/v1/messages", message(session_id), **{name: "evil\tX-Evil:1"})
        assert "evil" not in str(answer.headers).lower(), name


async def test_a_webhook_forged_re_encoded_cut_or_ambiguous_moves_nothing(start_api: StartApi, rows: Rows) -> None:
    api = await start_api(webhook_secret=SECRET, gateway_kind="waha", auth_failures_per_minute=0)
    body = b'{"event":"engine.event","session":"x"}'
    signature = hmac.new(SECRET.encode(), body, "sha512").hexdigest()

    async def hook(body: bytes, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await api.call("POST", "/v1/webhooks/default", headers=named, data=io.BytesIO(body))).status

    assert await hook(body, X_Webhook_Hmac=signature) == 204
    assert await hook(body, X_Webhook_Hmac=signature) == 204  # again: it tells the same, and changes nothing more
    forged = {
        "another body": (body + b" ", signature),
        "cut": (body[:-1], signature),
        "a cut signature": (body, signature[:-1]),
        "an empty signature": (body, ""),
        "another algorithm's": (body, hmac.new(SECRET.encode(), body, "sha256").hexdigest()),
        "an empty secret's": (body, hmac.new(b"", body, "sha512").hexdigest()),
        "compressed": (gzip.compress(body, mtime=0), signature),
        "of UTF-16": (body.decode().encode("utf-16"), signature),
        "two signatures": (body, f"{signature}, {signature}"),
        "a wide digit": (body, signature[:-1] + "\u00b2"),
    }
    for what, (sent, given) in forged.items():
        assert await hook(sent, X_Webhook_Hmac=given) == 401, what

    odd = [
        gzip.compress(body),
        body.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + body,
        body[:-1],
        b"[" * 100_000,
        b'{"a":\xff}',
    ]
    for sent in odd:
        assert (
            await hook(sent, X_API_Key=SECRET, Content_Encoding="gzip", Content_Type="text/plain; charset=utf-16")
            == 400
        )
    # whoever has the secret may say anything: of a name that stands twice the last one counts, as in JavaScript
    assert await hook(b'{"event":"x","event":"engine.event","session":"x"}', X_API_Key=SECRET) == 204


async def test_nothing_that_a_client_sends_breaks_a_line_of_the_log_or_colours_it(
    api: ApiClient, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_as_a_process_of("api"):
        evil = "%0a%7B%22event%22:%22forged%22%7D%0d%1b%5B31m%C2%85%E2%80%A8%00"
        for path in (f"/v1/{evil}", f"/v1/sessions/{evil}", f"/v1/webhooks/{evil}"):
            await api.call("GET", path, headers={"X-API-Key": KEY, "traceparent": "00-\t-x-01"})

    written = capsys.readouterr().err
    lines = [json.loads(line) for line in written.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["path"].count("forged") for line in requests] == [1, 1, 1]
    assert "forged" not in {line["event"] for line in lines}
    assert written.replace("\n", "").isprintable()
