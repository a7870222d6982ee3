"""The model says of the statements what they do: each kind of its steps, from each kind of row, taken on Postgres too."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import pytest

from tests.harness.databases import Database
from tests.integration.sender.replay import STATEMENTS, Replay
from tests.model.exploration import Step
from tests.model.sending import Sending
from tests.model.sending_state import NONE, Attempt, Message, Reality, State
from truesend.settings import LookupAbsence
from truesend.store.pool import open_pool

Kind = tuple[object, ...]
Path = tuple[tuple[str, State], ...]


@dataclass(frozen=True)
class Replayable(Sending):
    """The steps of which Postgres can be told exactly: evidence has to find its attempt by what the tables know of it."""

    def steps(self, state: State) -> Iterator[Step[State]]:
        for step in super().steps(state):
            name, *words = step.action.split()
            number = int(words[-1].removeprefix("m"))
            if self._can_be_told(name, words, state[number]):
                yield step

    def _can_be_told(self, name: str, words: list[str], message: Message) -> bool:
        if name == "expire":
            return len(self.chats) == 1
        if name == "look_up_finds":
            return _was_sent(message.attempts[message.lookup])
        if name not in {"callback", "failed_callback", "rejection", "receipt"}:
            return True
        attempt = message.attempts[int(words[-2].removeprefix("a"))]
        if _is_named(attempt):
            return True
        return name in {"callback", "failed_callback"} and sum(bool(a.posts) for a in message.attempts) == 1


def _was_sent(attempt: Attempt) -> bool:
    return any(post.reality in {Reality.DELIVERED, Reality.REJECTED} for post in attempt.posts)


def _is_named(attempt: Attempt) -> bool:
    """Whether the tables know the gateway's id of it."""
    return attempt.outcome in {"sent", "accepted"} or attempt.is_called_sent or bool(attempt.called_failed)


def paths_through_every_kind(model: Sending, taken: set[Kind]) -> list[Path]:
    """Paths that together take every kind of step that is not ``taken`` yet, from every kind of message."""
    start = model.initial()
    ways: dict[State, tuple[State | None, str]] = {start: (None, "")}
    first_of_kind: dict[Kind, tuple[State, Step[State]]] = {}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for step in model.steps(state):
            first_of_kind.setdefault(_kind(state, step.action), (state, step))
            if step.state not in ways:
                ways[step.state] = (state, step.action)
                waiting.append(step.state)
    paths: list[Path] = []
    # the longest first: they take the kinds of the shorter ones on their way
    for kind, (state, step) in reversed(first_of_kind.items()):
        if kind[0] in STATEMENTS and kind not in taken:
            path = (*_way(ways, state), (step.action, step.state))
            origins = (start, *(reached for _, reached in path))
            taken |= {_kind(origin, action) for origin, (action, _) in zip(origins, path, strict=False)}
            paths.append(path)
    return paths


def _way(ways: dict[State, tuple[State | None, str]], state: State) -> Path:
    steps: list[tuple[str, State]] = []
    while (origin := ways[state])[0] is not None:
        steps.append((origin[1], state))
        state = origin[0]
    return tuple(reversed(steps))


def _kind(state: State, action: str) -> Kind:
    """What makes two steps of one kind: the action, and what its statement's guards see of the row."""
    name, *words = action.split()
    number = int(words.pop().removeprefix("m"))
    message = state[number]
    attempt = next((int(word.removeprefix("a")) for word in words if word[1:].isdigit()), NONE)
    return (
        name,
        *(word for word in words if not word[1:].isdigit()),
        len(state),
        message.status,
        message.token != NONE,
        message.status == "sending" and (message.started != NONE, message.is_accepted, message.is_unconfirmed),
        attempt in {NONE, message.token, message.started},
    )


def _as_tables_show(state: State) -> tuple[Message, ...]:
    """What of a model's state is in the tables."""
    hidden = Message()
    return tuple(
        message._replace(
            is_lease_over=False,
            retried_from=0,
            retries=0,
            forced_retries=0,
            cancels=0,
            is_marked=False,
            queue_token=hidden.queue_token if message.queue == hidden.queue else message.queue_token,
            attempts=tuple(attempt._replace(posts=()) for attempt in message.attempts),
        )
        for message in state
    )


WORLDS = [
    Replayable(evidence=False),
    Replayable(retries=0),
    Replayable(cancels=0, starts=1),
    Replayable(retries=0, cancels=0, evidence=False, absence_proves=True),
    Replayable(chats=(0, 0), starts=1, retries=0, cancels=0, evidence=False),
    Replayable(chats=(0, 1), starts=1, retries=0, cancels=0, evidence=False),
]


@pytest.mark.timeout(600)
def test_every_kind_of_step_of_the_model_is_what_its_statement_does(database: Database) -> None:
    with asyncio.Runner() as runner:
        pool = runner.run(open_pool(database.url, application="test", max_size=4))
        taken = set[Kind]()
        for world in WORLDS:
            for path in paths_through_every_kind(world, taken):
                runner.run(_replayed(pool, database.url, world, path))
        runner.run(pool.close())


async def _replayed(pool: asyncpg.Pool, url: str, world: Sending, path: Path) -> None:
    absence = LookupAbsence.RESEND if world.absence_proves else LookupAbsence.OPERATOR
    replay = Replay(pool, url, absence=absence)
    await replay.begin(world.chats)
    for number, (action, state) in enumerate(path, start=1):
        await replay.take(action, state)
        if action.split()[0] not in STATEMENTS:
            continue
        differences = _differences(_as_tables_show(state), await replay.tables())
        assert not differences, "\n".join([*(taken for taken, _ in path[:number]), *differences])


def _differences(model: tuple[Message, ...], tables: tuple[Message, ...]) -> list[str]:
    return [
        f"m{number}.{name}: the model says {said!r}, Postgres {is_there!r}"
        for number, (ours, theirs) in enumerate(zip(model, tables, strict=True))
        for name, said, is_there in zip(ours._fields, ours, theirs, strict=True)
        if said != is_there
    ]
