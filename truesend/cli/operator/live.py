"""The live stream: server-sent events, read to the last whole one and taken up again where they broke off.

Source: WHATWG HTML, section 9.2.6, for the parser.
"""

import json
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from truesend.cli.errors import CANNOT_REACH, CommandError
from truesend.cli.operator.client import ApiClient, Refused

PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``name`` is empty where the server only gave an id to resume from."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    id: str | None = None


JOINED = "joined"
"""Not the server's word: from here on nothing is passed over."""


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    """Whole lines, by the newline that our API ends each with; others, such as U+2028, belong to what people wrote."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line.removesuffix(b"\r").decode(errors="replace") for line in lines)


def parse(lines: Iterable[str]) -> Iterator[Event]:
    """Events of a stream's lines; the last one only if its empty line came. What is no JSON object is left out."""
    name, data, event_id = "", list[str](), None
    for line in lines:
        if not line:
            yield from _whole(name, data, event_id)
            name, data, event_id = "", [], None
            continue
        kind, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match kind:
            case "event":
                name = value
            case "data":
                data.append(value)
            case "id" if "\0" not in value:
                event_id = value


def _whole(name: str, data: list[str], event_id: str | None) -> Iterator[Event]:
    if not data:
        if event_id is not None:
            yield Event("", id=event_id)
        return
    try:
        body = json.loads("\n".join(data))
    except ValueError:
        return
    if isinstance(body, dict):
        yield Event(name or "message", body, event_id)


class LiveStream:
    """Follows /v1/events. ``last_event_id`` is that of the last event handed out."""

    def __init__(
        self,
        api: ApiClient,
        *,
        sleep: Callable[[float], None] = time.sleep,
        waiting: Callable[[str], None] = lambda _why: None,
    ) -> None:
        """``waiting`` hears why there is nothing at the moment."""
        self.last_event_id: str | None = None
        self._api = api
        self._sleep = sleep
        self._waiting = waiting
        self._failures = 0

    def events(self) -> Iterator[Event]:
        """Events without end. ``JOINED`` comes once for every connection; ``reset`` where what was missed is gone.

        Raises Refused for what trying again will not change.
        """
        while True:
            try:
                yield from self._connection()
                self._sleep(PAUSES_S[0])
            except httpx.HTTPError as error:
                self._rest(f"the live stream is away ({type(error).__name__})")
            except Refused as error:
                yield from self._unless_for_good(error)

    def _connection(self) -> Iterator[Event]:
        is_first = self.last_event_id is None
        with self._api.stream("/v1/events", last_event_id=self.last_event_id) as answer:
            self._api.require_success(answer)
            if not is_first:
                yield Event(JOINED)
            for event in parse(lines_of(answer.iter_bytes())):
                self._failures = 0
                self.last_event_id = event.id or self.last_event_id
                # a new stream begins with the id that it begins at, and no event
                yield event if event.name else Event(JOINED)

    def _unless_for_good(self, error: Refused) -> Iterator[Event]:
        """An id that the server never gave (its database is another one) is dropped; an absent server is waited for."""
        if error.status == HTTPStatus.BAD_REQUEST and self.last_event_id is not None:
            self.last_event_id = None
            yield Event("reset")
        elif error.exit_code == CANNOT_REACH or error.status == HTTPStatus.TOO_MANY_REQUESTS:
            self._rest(str(error))
        else:
            raise error

    def _rest(self, why: str) -> None:
        self._waiting(why)
        self._sleep(PAUSES_S[min(self._failures, len(PAUSES_S) - 1)])
        self._failures += 1


class Follower:
    """A stream that is read in a thread of its own, so that whoever follows can look at the clock meanwhile."""

    def __init__(self, stream: LiveStream) -> None:
        self._stream = stream
        self._queue: queue.Queue[Event | CommandError] = queue.Queue(maxsize=10_000)
        self._stopped = threading.Event()
        threading.Thread(target=self._read, name="live stream", daemon=True).start()

    def take(self, within_s: float) -> Event | None:
        """The next event; None where none came in time. Raises CommandError when there will be no more."""
        try:
            found = self._queue.get(timeout=max(within_s, 0.0))
        except queue.Empty:
            return None
        if isinstance(found, CommandError):
            raise found
        return found

    def stop(self) -> None:
        """Take no more; what the thread still reads is dropped."""
        self._stopped.set()

    def _read(self) -> None:
        try:
            for event in self._stream.events():
                if self._stopped.is_set():
                    return
                self._queue.put(event)
        except CommandError as error:
            self._queue.put(error)
        except RuntimeError:
            # the client was closed under us: the command has ended
            return
