"""The start fence: before any POST, the attempts that may be sent are marked as started, in one guarded statement."""

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from prometheus_client import Histogram

from services.sender.attempt import StartedAttempt, outgoing
from services.sender.lines import Command
from truesend.gateways.protocol import Gateway
from truesend.store.queries import load_queries

LAG_SECONDS = Histogram(
    "truesend_dispatch_lag_seconds",
    "Time from when a message was due to the start of its attempt, with all that held it meanwhile.",
    ["gateway"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0),
)


@dataclass(frozen=True, slots=True)
class Fenced:
    """``started`` may be sent, once. The others by their tokens: without a credit, as other senders use them, or behind an
    earlier message of their session. The rest has gone its own way: nobody sends it under this command."""

    started: list[StartedAttempt]
    without_credit: set[UUID]
    behind: set[UUID]


class StartFence:
    """Says what may be sent."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        gateways: Mapping[str, Gateway],
        *,
        lease_s: float,
        dice: Callable[[], float] = random.random,
    ) -> None:
        self._pool = pool
        self._lease_s = lease_s
        self._dice = dice
        self._rules = _rules(gateways)
        self._lags = {name: LAG_SECONDS.labels(name) for name in gateways}
        self._queries = load_queries("sender")

    async def start(self, commands: Sequence[Command], *, over: Collection[UUID] = ()) -> Fenced:
        """Start what these commands are for, where that may be now. ``over``: the tokens of attempts of this sender that have
        their answer, whether it is written or not."""
        traces = {command.body.lease_token: command.traceparent for command in commands}
        rows = await self._queries["start_attempts"].fetch(
            self._pool,
            **claims(commands),
            tokens_over=list(over),
            lease_s=self._lease_s,
            dice=[self._dice() for _ in commands],
            **self._rules,
        )
        starting = [row for row in rows if row["verdict"] == "starts"]
        self._note_lags(starting)
        return Fenced(
            [_started_attempt(row, traces.get(row["lease_token"])) for row in starting],
            {row["lease_token"] for row in rows if row["verdict"] == "needs_credit"},
            {row["lease_token"] for row in rows if row["verdict"] == "needs_session"},
        )

    def _note_lags(self, starting: Sequence[asyncpg.Record]) -> None:
        for row in starting:
            lag = self._lags.get(row["gateway"])
            if lag is not None:
                lag.observe(max(0.0, (row["attempt_started_at"] - row["due_at"]).total_seconds()))

    async def alive(self, commands: Sequence[Command]) -> list[Command]:
        """Those whose lease still waits for its start."""
        rows = await self._queries["live_claims"].fetch(self._pool, **claims(commands))
        alive = {row["lease_token"] for row in rows}
        return [command for command in commands if command.body.lease_token in alive]


def claims(commands: Sequence[Command]) -> dict[str, list[UUID]]:
    """What the statements take of commands."""
    return {
        "message_ids": [command.body.message_id for command in commands],
        "lease_tokens": [command.body.lease_token for command in commands],
    }


def _rules(gateways: Mapping[str, Gateway]) -> dict[str, list[Any]]:
    """What the start fence has to know of each gateway."""
    forms = [gateway.capabilities.caller_id for gateway in gateways.values()]
    return {
        "gateways": list(gateways),
        "max_in_flight": [gateway.config.max_in_flight for gateway in gateways.values()],
        "min_intervals_s": [gateway.config.min_interval_s for gateway in gateways.values()],
        "id_prefixes": [form.prefix if form else None for form in forms],
        "id_digits": [form.digits if form else None for form in forms],
    }


def _started_attempt(row: asyncpg.Record, traceparent: str | None) -> StartedAttempt:
    return StartedAttempt(
        message=outgoing(row, reserved_id=row["reserved_id"]),
        organization_id=row["organization_id"],
        session_id=row["session_id"],
        gateway=row["gateway"],
        lease_token=row["lease_token"],
        claimed_at=row["claimed_at"],
        started_at=row["attempt_started_at"],
        failed_attempts=row["retry_count"],
        traceparent=traceparent,
    )
