"""`truesend sessions watch`: what sessions are, while it changes."""

import time
from dataclasses import dataclass, field

from rich.console import Group
from rich.live import Live
from rich.text import Text

from truesend.cli.operator.client import ApiClient, Json, Refused
from truesend.cli.operator.live import JOINED, Event, Follower, LiveStream
from truesend.cli.operator.session_rows import COLUMNS, cells, worst_first
from truesend.cli.terminal import console, moment, plain, say, show_json, table
from truesend.contracts.record_types import SessionType

REDRAW_S = 0.25
_NOTICED = ("status", "last_error", "last_error_at", "last_verified_at", "phone_number")


@dataclass
class Board:
    """The sessions as last seen. ``note`` says what is wrong with the view itself."""

    api: ApiClient
    rows: dict[str, Json] = field(default_factory=dict)
    note: str = ""

    def load(self) -> None:
        """All of them, anew."""
        self.rows = {row["id"]: row for row in self.api.pages("/v1/sessions", limit=None)}

    def take(self, event: Event) -> None:
        """Follow one event. A notice changes nothing but times; after a fact the row is read again."""
        if event.name in {JOINED, "reset"}:
            self.note = ""
            self.load()
        elif event.name == "session":
            session_id = str(event.data.get("id"))
            row = self.rows.get(session_id)
            if row is None or event.data.get("position") is not None:
                self._read(session_id)
            else:
                row |= {name: event.data[name] for name in _NOTICED if name in event.data}
                row["verifying"] = event.data.get("type") == SessionType.VERIFYING

    def _read(self, session_id: str) -> None:
        try:
            self.rows[session_id] = self.api.get(f"/v1/sessions/{session_id}")
        except Refused:
            self.rows.pop(session_id, None)

    def drawn(self) -> Group:
        """The board as it looks now."""
        connected = sum(row["badge"] == "connected" for row in self.rows.values())
        asked = sum(bool(row["verifying"]) for row in self.rows.values())
        status = f"{len(self.rows)} sessions, {connected} connected, {asked} being verified    Ctrl-C ends this view"
        return Group(
            Text(status, style="bold"),
            Text(plain(self.note), style="yellow"),
            table(COLUMNS, (cells(row) for row in worst_first(self.rows.values()))),
        )


def watch_as_json(api: ApiClient) -> None:
    """Every event about sessions as one line, until Ctrl-C."""
    for event in LiveStream(api, waiting=say).events():
        if event.name in {"session", "reset"}:
            show_json({"event": event.name, "id": event.id, "data": event.data})


def watch_as_lines(api: ApiClient) -> None:
    """Every event about sessions as one line of words, for where no screen can be drawn."""
    for event in LiveStream(api, waiting=say).events():
        if event.name == "session":
            told = event.data
            shown = (moment(told.get("occurred_at")), told.get("id"), told.get("type"), told.get("status"))
            print("\t".join(plain(each) for each in (*shown, told.get("last_error"))), flush=True)


def watch_on_screen(api: ApiClient) -> None:
    """The table of all sessions, kept true, until Ctrl-C."""
    board = Board(api)
    board.load()

    def note(why: str) -> None:
        board.note = why

    follower = Follower(LiveStream(api, waiting=note))
    with Live(board.drawn(), console=console(), screen=False, auto_refresh=False) as live:
        try:
            while True:
                _follow(board, follower)
                live.update(board.drawn(), refresh=True)
        finally:
            follower.stop()


def _follow(board: Board, follower: Follower) -> None:
    """Take what comes until it is time to draw again."""
    draw_at = time.monotonic() + REDRAW_S
    while (left_s := draw_at - time.monotonic()) > 0:
        event = follower.take(left_s)
        if event is not None:
            board.take(event)
