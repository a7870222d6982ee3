"""One bench: post at a pace, follow what becomes of it, and leave nothing waiting behind."""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from truesend.cli.bench.journal import Journal
from truesend.cli.bench.leftovers import Leftovers, take_back
from truesend.cli.bench.pace import TICK_S, Pace
from truesend.cli.bench.verifications import Verifications, verify
from truesend.cli.errors import CommandError
from truesend.cli.operator.client import ApiClient, Json, Refused
from truesend.cli.operator.live import Follower, LiveStream
from truesend.cli.operator.verification import JOIN_WITHIN_S, join

POST_TRIES = 3
_CLOCKS_DIFFER_BY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done. ``columns`` are values for what the CRM's own table demands."""

    sessions: Sequence[UUID]
    recipients: Sequence[str]
    pace: Pace
    verifications: int
    patience_s: float
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Result:
    """What came of it. ``posting_s`` is the time inside the calls that posted; ``stopped`` says that it was cut short."""

    journal: Journal = field(default_factory=Journal)
    verifications: Verifications = field(default_factory=Verifications)
    left: Leftovers = field(default_factory=Leftovers)
    posting_s: float = 0.0
    stopped: str | None = None


class Bench:
    """Plays a wish against an API."""

    def __init__(self, api: ApiClient, wish: Wish) -> None:
        self._api = api
        self._wish = wish
        self._mark = f"truesend bench {secrets.token_hex(4)}"
        self._began_at = datetime.now(UTC)
        self._posted = 0
        self._is_in_doubt = False
        self._result = Result()

    def play(self) -> Result:
        """Do it all. Ctrl-C ends it early; either way what still waits is cancelled before this returns.

        Raises CommandError where the API can't be reached any more: then something may be left waiting, and it says so.
        """
        follower = Follower(LiveStream(self._api))
        try:
            join(follower, JOIN_WITHIN_S)
            self._load(follower)
        except KeyboardInterrupt:
            self._result.stopped = "stopped by hand"
        except CommandError as error:
            self._result.stopped = str(error)
        finally:
            follower.stop()
            self._clean_up()
        return self._result

    def _load(self, follower: Follower) -> None:
        wish, result = self._wish, self._result
        if wish.verifications:
            result.verifications = verify(
                self._api, follower, wish.sessions, wish.verifications, within_s=wish.patience_s
            )
        began = time.monotonic()
        moved_at = began
        while self._posted < wish.pace.messages or result.journal.still_open:
            now = time.monotonic()
            number = wish.pace.now(now - began, posted=self._posted, still_open=result.journal.still_open)
            if number:
                self._post(number)
                moved_at = time.monotonic()
            before = result.journal.still_open
            self._follow(follower, now + TICK_S)
            moved_at = time.monotonic() if result.journal.still_open < before else moved_at
            if time.monotonic() - moved_at > wish.patience_s:
                result.stopped = f"nothing moved for {wish.patience_s:g} s"
                return

    def _follow(self, follower: Follower, until: float) -> None:
        while True:
            event = follower.take(until - time.monotonic())
            if event is None:
                return
            if event.name == "message":
                self._result.journal.take(event.data)

    def _post(self, number: int) -> None:
        messages = [self._message(self._posted + each) for each in range(number)]
        key = secrets.token_hex(16)
        began = time.monotonic()
        self._is_in_doubt = True
        answer = self._answer({"messages": messages}, key)
        self._is_in_doubt = False
        self._result.posting_s += time.monotonic() - began
        self._posted += number
        self._result.journal.posted(answer["results"])

    def _answer(self, body: Json, key: str) -> Json:
        """The same request again is no second batch: the key says so."""
        for _ in range(POST_TRIES - 1):
            try:
                return self._api.post("/v1/messages/batch", body, idempotency_key=key)
            except Refused:
                raise
            except CommandError:
                time.sleep(1.0)
        return self._api.post("/v1/messages/batch", body, idempotency_key=key)

    def _message(self, number: int) -> Json:
        wish = self._wish
        return {
            **wish.columns,
            "session_id": str(wish.sessions[number % len(wish.sessions)]),
            "recipient": wish.recipients[number % len(wish.recipients)],
            "message_content": f"{self._mark}: {number + 1} of {wish.pace.messages}",
        }

    def _clean_up(self) -> None:
        try:
            strays = self._strays() if self._is_in_doubt else ()
            self._result.left = take_back(self._api, self._result.journal, strays)
        except CommandError as error:
            raise CommandError(
                f"bench: {self._result.journal.still_open} messages may still wait and be sent, each beginning with"
                f" {self._mark!r}: cancel them when the API is back ({error})",
                error.exit_code,
            ) from None

    def _strays(self) -> list[str]:
        """Ours among what waits: a post that nobody answered may have been taken."""
        since = (self._began_at - _CLOCKS_DIFFER_BY).isoformat()
        rows = self._api.pages("/v1/messages", limit=None, status="pending", created_from=since)
        return [row["id"] for row in rows if row["message_content"].startswith(self._mark)]
