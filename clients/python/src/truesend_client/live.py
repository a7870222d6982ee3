"""The live stream: what comes, and where to take it up again. Reading it is the clients' work.

Source: WHATWG HTML, section 9.2.6, for the parser.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
from pydantic import ValidationError

from truesend_client.models import MessageFact, SessionFact
from truesend_client.problems import TruesendError, error_of
from truesend_client.trying import pause_s

SILENCE_S = 45.0
"""The API says something every 15 s: after so long without a word the connection is dead."""


@dataclass(frozen=True, slots=True)
class Joined:
    """From here on nothing is passed over: what is read from the lists now can be kept up to date by what comes."""


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """What became of a session."""

    fact: SessionFact


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """What became of a message."""

    fact: MessageFact


@dataclass(frozen=True, slots=True)
class Reset:
    """Facts were missed and are no longer kept: read the lists anew."""


Event = Joined | SessionEvent | MessageEvent | Reset


@dataclass(slots=True)
class _Block:
    name: str = ""
    data: list[str] = field(default_factory=list)
    id: str | None = None


class Parser:
    """Bytes in, whole blocks out.

    Lines end with a line feed, as the API writes them. Splitting at whatever ends a line in Unicode would break a block in
    which a gateway is quoted with such a character.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._block = _Block()

    def feed(self, chunk: bytes) -> Iterator[_Block]:
        """Take what came, and give what became whole by it."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        for line in lines:
            if not line:
                yield self._block
                self._block = _Block()
            else:
                self._take(line.decode(errors="replace"))

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._block.name = value
            case "data":
                self._block.data.append(value)
            case "id" if "\0" not in value:
                self._block.id = value


def is_stream(answer: httpx.Response) -> bool:
    """Say whether this is the stream: a page of something else that answers with 200 would be asked for again for ever."""
    return answer.is_success and answer.headers.get("Content-Type", "").lower().startswith("text/event-stream")


class Following:
    """Where a reader of the stream is. `last_event_id` is that of the last event that was handed out."""

    def __init__(self, last_event_id: str | None) -> None:
        self.last_event_id = last_event_id
        self._failures = 0
        self._parser = Parser()

    def headers(self) -> dict[str, str]:
        """What to ask for the stream with, when a connection is made."""
        self._parser = Parser()
        resumed = {} if self.last_event_id is None else {"Last-Event-ID": self.last_event_id}
        return {"Accept": "text/event-stream"} | resumed

    def take(self, chunk: bytes) -> Iterator[Event]:
        """Events of what came. Names that this version doesn't know are passed over."""
        for block in self._parser.feed(chunk):
            self._failures = 0
            event = _event(block, is_first=self.last_event_id is None)
            self.last_event_id = block.id or self.last_event_id
            if event is not None:
                yield event

    def broken(self) -> float:
        """The connection is gone, or was never made. Returns how long to wait."""
        self._failures += 1
        return pause_s(self._failures)

    def refused(self, answer: httpx.Response, content: bytes) -> tuple[float, tuple[Event, ...]]:
        """Returns how long to wait, and what to tell. Raises ProblemError for what trying again will not change."""
        self._failures += 1
        error = error_of(answer.status_code, content, answer.headers.get("Retry-After"))
        if _is_unknown_id(error) and self.last_event_id is not None:
            self.last_event_id = None
            return 0.0, (Reset(),)
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
            raise error
        return pause_s(self._failures, answer), ()


def _is_unknown_id(error: TruesendError) -> bool:
    """The API's database is another one than the id is of."""
    return getattr(error, "kind", "") == "bad-last-event-id"


def _event(block: _Block, *, is_first: bool) -> Event | None:
    text = "\n".join(block.data)
    try:
        match block.name:
            case "session":
                return SessionEvent(SessionFact.model_validate_json(text))
            case "message":
                return MessageEvent(MessageFact.model_validate_json(text))
            case "reset":
                return Reset()
    except ValidationError:
        return None
    return Joined() if is_first and block.id is not None else None
