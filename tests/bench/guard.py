"""The guard: what a message and a verification may cost at most, in figures that are the same on any machine.

No times: a busy machine changes them. Counts, with wide bounds: half as much again, or twice, is no accident.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.bench.counted import Counted, CountedProgram
from tests.bench.lean_gateway import lean_gateway
from tests.bench.record_counts import record_counts
from tests.bench.shares import shares
from tests.bench.stack import Servers, Stack, stack
from tests.bench.statement_counts import StatementCounter
from tests.bench.statements import spent_on
from tests.bench.verification import Verification, verification

MESSAGES = 1_500
IN_FLIGHT = 64
SESSIONS = 300
_WITHIN_S = 60.0
_STATUS_CALLS = "truesend_gateway_status_seconds_count"


@dataclass(frozen=True, slots=True)
class Bound:
    """One figure, and what it may be: no more than ``most``, and no less than ``least``."""

    name: str
    value: float
    most: float = float("inf")
    least: float = float("-inf")

    @property
    def holds(self) -> bool:
        """Whether it is within."""
        return self.least <= self.value <= self.most

    def __str__(self) -> str:
        """As it is printed."""
        wanted = f"≤ {self.most:g}" if self.most < float("inf") else f"≥ {self.least:g}"
        return f"{self.name}: {self.value:.3g}   [{wanted}: {'holds' if self.holds else 'BROKEN'}]"


async def guard(servers: Servers) -> list[Bound]:
    """Every figure. None where Postgres can't count statements."""
    with lean_gateway() as gateway:
        async with stack(servers, gateway_url=gateway.url, gateway_max_in_flight=IN_FLIGHT) as play:
            if not await StatementCounter(play.connection).can_count():
                return []
            found = await _messages(play)
    return [*found, *await _verifications(servers)]


async def _messages(play: Stack) -> list[Bound]:
    program = CountedProgram(play.folder, "sender")
    sender = await play.start("sender", python=program.python)
    spent = await spent_on(play, MESSAGES, begin=lambda: program.begin(sender.pid))
    counted = await program.end(sender.pid)
    return [
        Bound("SQL statements per message", spent.statements_each, most=0.5),
        Bound("Kafka records per message", spent.records_each, most=2.5),
        Bound("messages in the smallest batch", spent.smallest_batch, least=8),
        Bound("bytes of write-ahead log per message", spent.wal_bytes_each, most=8_000),
        *_of_python(counted, MESSAGES, "message", calls=1_000, blocks=20),
    ]


async def _verifications(servers: Servers) -> list[Bound]:
    with tempfile.TemporaryDirectory(prefix="truesend-bench-") as folder:
        program = CountedProgram(Path(folder), "verifier")
        async with verification(servers, SESSIONS, python=program.python) as stage:
            await _round(stage)
            records, calls = await record_counts(stage.play), await shares([stage.verifier], _STATUS_CALLS)
            counter = StatementCounter(stage.play.connection)
            await counter.begin()
            program.begin(stage.verifier.pid)
            await _round(stage)
            counted, found = await program.end(stage.verifier.pid), await counter.read()
            written = (await record_counts(stage.play) - records).total()
            asked = (await shares([stage.verifier], _STATUS_CALLS))[0] - calls[0]
    return [
        Bound("SQL statements per verification", found.calls / SESSIONS, most=2.0),
        Bound("Kafka records per verification", written / SESSIONS, most=3.5),
        Bound("status calls per verification", asked / SESSIONS, most=1.1),
        *_of_python(counted, SESSIONS, "verification", calls=1_200, blocks=100),
    ]


async def _round(stage: Verification) -> None:
    stage.watch.expect(set(stage.sessions))
    await stage.ask("/v1/sessions/verify")
    await stage.watch.last(within_s=_WITHIN_S)


def _of_python(counted: Counted, number: int, what: str, *, calls: float, blocks: float) -> list[Bound]:
    return [
        Bound(f"function calls per {what}", counted.calls / number, most=calls),
        Bound(f"blocks of memory kept per {what}", counted.blocks / number, most=blocks),
    ]
