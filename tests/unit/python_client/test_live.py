"""The stream's bytes become events, whatever they are cut into."""

import json
from typing import Any

import httpx
import pytest

from truesend_client import (
    AsyncTruesend,
    Event,
    Joined,
    MessageEvent,
    Reset,
    SessionEvent,
    Truesend,
    UnexpectedAnswerError,
)
from truesend_client.live import Following

_SAID = "bad\u2028gateway\u0085said\x0cso"


def _fact(kind: str, position: int, **fields: Any) -> bytes:
    ids = {"id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11", "organization_id": "a0000000-0000-4000-8000-000000000000"}
    fact = {
        "type": f"{kind}.x",
        "status": "x",
        "version": 1,
        "occurred_at": "2026-03-01T10:00:00Z",
        "position": position,
    }
    text = json.dumps(ids | fact | fields, ensure_ascii=False)
    return f"event: {kind}\nid: {position}\ndata: {text}\n\n".encode()


_STREAM = (
    b"retry: 2000\nid: 4\n\n"
    + _fact("session", 5, last_error=_SAID)
    + b": keep-alive\n\n"
    + b'event: of_next_year\nid: 6\ndata: {"a": 1}\n\n'
    + _fact("message", 7)
    + b'event: reset\ndata: {"after": 9}\n\n'
)


@pytest.mark.parametrize("size", [1, 2, 7, 100, 10_000])
def test_events_are_the_same_whatever_the_network_cuts_them_into(size: int) -> None:
    following = Following(None)
    events = list[Event]()
    for start in range(0, len(_STREAM), size):
        events += following.take(_STREAM[start : start + size])

    joined, session, message, reset = events
    assert (joined, reset) == (Joined(), Reset())
    assert isinstance(session, SessionEvent)
    assert isinstance(message, MessageEvent)
    assert session.fact.last_error == _SAID
    assert following.last_event_id == "7"


def test_what_a_broken_connection_began_to_say_is_forgotten() -> None:
    following = Following("4")
    whole = _fact("session", 5)
    assert not list(following.take(whole[:40]))

    assert following.headers()["Last-Event-ID"] == "4"
    assert [type(event) for event in following.take(whole)] == [SessionEvent]


def test_pauses_grow_until_something_comes() -> None:
    following = Following("4")
    pauses = [following.broken() for _ in range(6)]

    assert pauses == sorted(pauses)
    assert pauses[-1] == 5.0
    list(following.take(b": keep-alive\n\n"))
    assert following.broken() == pauses[0]


def test_an_api_in_trouble_is_waited_for_as_long_as_it_says_and_a_stranger_is_not() -> None:
    problem = b'{"type": "urn:truesend:problem:database-away", "title": "", "status": 503, "detail": "away"}'

    assert Following(None).refused(httpx.Response(503, headers={"Retry-After": "7"}), problem) == (7.0, ())
    with pytest.raises(UnexpectedAnswerError):
        Following(None).refused(httpx.Response(404), b"<html>")


async def test_a_page_that_answers_in_the_stream_s_place_ends_it() -> None:
    page = httpx.MockTransport(lambda _request: httpx.Response(200, html="<p>Sign in</p>"))

    client, other = Truesend("http://crm.example", transport=page), AsyncTruesend("http://crm.example", transport=page)
    with client, client.events() as events, pytest.raises(UnexpectedAnswerError, match="is the address right"):
        next(iter(events))
    async with other, other.events() as coming:
        with pytest.raises(UnexpectedAnswerError, match="is the address right"):
            await anext(aiter(coming))
