"""Commands that wait to be started: a line for each session, first in, first out; a session has one under way at a time."""

from collections import Counter, deque
from collections.abc import Iterator
from uuid import UUID

from truesend.broker.consumer import Received
from truesend.contracts.events import DispatchMessage

Command = Received[DispatchMessage]
NO_GATEWAY = ""
"""Of commands that don't say which gateway they are for, as older senders' don't."""


class Lines:
    """Who comes next, at each gateway. No I/O."""

    def __init__(self) -> None:
        self._of_session: dict[UUID, deque[Command]] = {}
        self._busy: set[UUID] = set()
        # sessions that have something to give, the longest waiting first
        self._ready: dict[str, dict[UUID, None]] = {}
        self._waiting: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._waiting.total()

    def waiting(self, gateway: str) -> int:
        """How many wait for this gateway."""
        return self._waiting[gateway]

    def ready(self) -> dict[str, int]:
        """How many could be taken now, by gateway; those that could take none are left out."""
        return {gateway: len(sessions) for gateway, sessions in self._ready.items() if sessions}

    def add(self, command: Command) -> None:
        """At the end of its session's line."""
        session_id = command.body.session_id
        self._of_session.setdefault(session_id, deque()).append(command)
        self._waiting[_gateway(command)] += 1
        self._make_ready(session_id)

    def take(self, gateway: str, most: int) -> list[Command]:
        """The next of up to ``most`` sessions. Each is busy until it is freed."""
        ready = self._ready.get(gateway, {})
        taken: list[Command] = []
        while ready and len(taken) < most:
            session_id = next(iter(ready))
            del ready[session_id]
            command = self._of_session[session_id].popleft()
            self._waiting[gateway] -= 1
            self._busy.add(session_id)
            taken.append(command)
        return taken

    def put_back(self, command: Command) -> None:
        """To the head of its line, which it was taken from. Its session stays busy until it is freed."""
        self._of_session.setdefault(command.body.session_id, deque()).appendleft(command)
        self._waiting[_gateway(command)] += 1

    def put_last(self, command: Command) -> None:
        """To the end of its line: another of it has to go first. Its session stays busy until it is freed."""
        self._of_session.setdefault(command.body.session_id, deque()).append(command)
        self._waiting[_gateway(command)] += 1

    def free(self, session_id: UUID) -> None:
        """Nothing of the session is under way any more."""
        self._busy.discard(session_id)
        self._make_ready(session_id)

    def clear(self) -> list[Command]:
        """Take everything out."""
        waiting = list(self)
        self._of_session.clear()
        self._ready.clear()
        self._waiting.clear()
        return waiting

    def __iter__(self) -> Iterator[Command]:
        for line in self._of_session.values():
            yield from line

    def _make_ready(self, session_id: UUID) -> None:
        if session_id in self._busy:
            return
        line = self._of_session.get(session_id)
        if not line:
            self._of_session.pop(session_id, None)
            return
        self._ready.setdefault(_gateway(line[0]), {})[session_id] = None


def _gateway(command: Command) -> str:
    return command.body.gateway or NO_GATEWAY
