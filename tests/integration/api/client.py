"""A client of the API: plain requests, and the live stream."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp
import orjson

from tests.harness.waiting import until

PATIENCE_S = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers, and the JSON of a body."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One block of the stream. A comment has neither event nor data."""

    event: str = ""
    id: str | None = None
    data: Any = None
    comment: str = ""


class StreamClosedError(Exception):
    """The server has ended the stream."""


@dataclass(slots=True)
class LiveStream:
    """Reads blocks one after another."""

    _content: aiohttp.StreamReader
    blocks: list[StreamEvent] = field(default_factory=list)

    async def block(self) -> StreamEvent:
        """The next block, whatever it is. Raises StreamClosedError."""
        async with asyncio.timeout(PATIENCE_S):
            try:
                raw = await self._content.readuntil(b"\n\n")
            except (asyncio.IncompleteReadError, aiohttp.ClientError):
                raise StreamClosedError from None
        if not raw:
            raise StreamClosedError
        self.blocks.append(parsed(raw))
        return self.blocks[-1]

    async def event(self) -> StreamEvent:
        """The next block that is an event."""
        while not (found := await self.block()).event:
            pass
        return found

    async def events(self, count: int) -> list[StreamEvent]:
        """The next events."""
        return [await self.event() for _ in range(count)]

    async def until_closed(self) -> list[StreamEvent]:
        """Every event up to the end."""
        found = []
        try:
            while True:
                found.append(await self.event())
        except StreamClosedError:
            return found


def parsed(raw: bytes) -> StreamEvent:
    """A block of server-sent events."""
    fields: dict[str, str] = {}
    for line in filter(None, raw.decode().splitlines()):
        name, _, value = line.partition(":")
        fields[name or "comment"] = value.strip()
    data = orjson.loads(fields["data"]) if "data" in fields else None
    return StreamEvent(fields.get("event", ""), fields.get("id"), data, fields.get("comment", ""))


class ApiClient:
    """Calls one API with one key."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        self._headers = {"X-API-Key": key}

    async def close(self) -> None:
        """Close every connection."""
        await self._http.close()

    async def call(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """One request; `headers` take the place of the key."""
        sent = self._headers if headers is None else headers
        async with self._http.request(method, self.url + path, headers=sent, **options) as answer:
            text = await answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return Answer(answer.status, answer.headers, orjson.loads(text) if is_json else text.decode())

    async def get(self, path: str, **options: Any) -> Answer:
        """GET."""
        return await self.call("GET", path, **options)

    async def post(
        self, path: str, body: Any = None, *, key: str | None = None, idempotency: str | None = None
    ) -> Answer:
        """POST a JSON body, or none."""
        headers = {"X-API-Key": key} if key else dict(self._headers)
        if idempotency is not None:
            headers["Idempotency-Key"] = idempotency
        return await self.call("POST", path, headers=headers, json=body)

    @asynccontextmanager
    async def stream(
        self, *, last_event_id: str | None = None, key: str | None = None, query: str = ""
    ) -> AsyncIterator[LiveStream]:
        """The live stream. Without a last event id, it is entered when the server has said where it begins."""
        headers = {"X-API-Key": key} if key else dict(self._headers)
        if last_event_id is not None:
            headers["Last-Event-ID"] = last_event_id
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._http.get(f"{self.url}/v1/events{query}", headers=headers, timeout=timeout) as answer:
            assert answer.status == 200, await answer.text()
            stream = LiveStream(answer.content)
            if last_event_id is None and not query:
                beginning = await stream.block()
                assert beginning.id is not None
            yield stream

    @asynccontextmanager
    async def codes(self, session_id: UUID, **query: str) -> AsyncIterator[LiveStream]:
        """The codes of a session while it is paired."""
        headers = self._headers | {"Accept": "text/event-stream"}
        timeout = aiohttp.ClientTimeout(total=None)
        url = f"{self.url}/v1/sessions/{session_id}/qr"
        async with self._http.get(url, params=query, headers=headers, timeout=timeout) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.content_type == "text/event-stream"
            yield LiveStream(answer.content)

    async def until_ready(self) -> None:
        """Wait until all that the API needs is there."""
        await until(lambda: self._is_ready([]), PATIENCE_S, "the API is ready")

    async def until_the_stream_is_ready(self) -> None:
        """Wait until the database is there, and the live feed knows where it is."""
        await until(lambda: self._is_ready(["kafka"]), PATIENCE_S, "the API has its database")

    async def _is_ready(self, not_needed: list[str]) -> bool:
        answer = await self.get("/readyz")
        return not set(answer.body["problems"]) - set(not_needed)
