"""The row follows from the evidence, never from its order: permutations and repeats on real Postgres, against a model."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.databases import Database
from tests.integration.sender.scene import Scene
from truesend.contracts.events import GatewayEvent
from truesend.gateways.protocol import OutcomeKind
from truesend.store.pool import open_pool

ANSWERS = [
    OutcomeKind.SENT,
    OutcomeKind.ACCEPTED,
    OutcomeKind.UNCONFIRMED,
    OutcomeKind.TRANSIENT,
    OutcomeKind.PERMANENT,
]
REFUSALS = {OutcomeKind.TRANSIENT, OutcomeKind.PERMANENT}
SAME_IN_EVERY_ORDER = ("status", "retry_count", "delivered_at", "read_at", "vps_error", "error_message")


@dataclass(frozen=True)
class Thing:
    """One thing that can become known of an attempt. ``after_ms`` is the gateway's time after the start."""

    kind: str
    after_ms: int = 0
    reader: str | None = None
    outcome: str | None = None
    is_named: bool = True


@st.composite
def sets_of_things(draw: st.DrawFn) -> list[Thing]:
    """All that happens to one attempt: at most one answer; contradictions welcome, but one failure speaks for itself."""
    answer = draw(st.sampled_from([None, *ANSWERS]))
    things = [Thing("answer", outcome=str(answer), is_named=draw(st.booleans()))] if answer else []
    after = st.integers(0, 3000)
    if draw(st.booleans()):
        things.append(Thing("sent", draw(after), is_named=draw(st.booleans())))
    if answer not in REFUSALS and draw(st.booleans()):
        outcome = draw(st.sampled_from(["transient", "permanent", "session_down"]))
        things.append(Thing("failed", draw(after), outcome=outcome, is_named=draw(st.booleans())))
    if draw(st.booleans()):
        things.append(Thing("rejected", draw(after)))
    things += draw(
        st.lists(st.builds(Thing, st.sampled_from(["delivered", "read"]), after, st.sampled_from("ab")), max_size=4)
    )
    return things


def strongest(things: Sequence[Thing]) -> str:
    """The model: what outweighs the rest. A receipt or a rejection counts once its id is known by anything."""
    kinds = {thing.kind for thing in things}
    answers = {thing.outcome for thing in things if thing.kind == "answer"}
    is_named = any(t.is_named for t in things if t.kind in {"sent", "failed"} or t.outcome in {"sent", "accepted"})
    if is_named and kinds & {"delivered", "read"}:
        return "sent"
    if is_named and "rejected" in kinds:
        return "failed"
    if "sent" in kinds or "sent" in answers:
        return "sent"
    if "failed" in kinds:
        return next("failed" if t.outcome == "permanent" else "pending" for t in things if t.kind == "failed")
    return {"transient": "pending", "permanent": "failed"}.get(str(next(iter(answers), None)), "sending")


async def becomes(scene: Scene, things: Sequence[Thing]) -> dict[str, Any]:
    """Let it all happen, in this order, to a message of its own session. The row's times count from its start."""
    message_id = await scene.message()
    attempt = await scene.start(message_id)
    is_answered = False
    for thing in things:
        if thing.kind != "answer":
            await scene.tell(event(scene, thing, attempt.started_at))
        elif not is_answered:
            is_answered = True
            kind = OutcomeKind(str(thing.outcome))
            names = thing.is_named and kind in {OutcomeKind.SENT, OutcomeKind.ACCEPTED}
            await scene.answer(attempt, kind, "3EB0" if names else None)
    row = dict(await scene.row(message_id))
    shown: dict[str, Any] = {name: row[name] for name in SAME_IN_EVERY_ORDER}
    shown["is_leased"] = row["lease_token"] is not None
    for name in ("delivered_at", "read_at"):
        shown[name] = row[name] and row[name] - attempt.started_at
    return shown


def event(scene: Scene, thing: Thing, started_at: datetime, named: str = "3EB0") -> GatewayEvent:
    return scene.event(
        thing.kind,
        started_at + timedelta(milliseconds=thing.after_ms),
        gateway_message_id=named if thing.is_named else None,
        reader=thing.reader,
        outcome=thing.outcome,
        detail=f"{thing.kind}!" if thing.kind in {"failed", "rejected"} else None,
    )


def test_the_row_is_the_same_in_every_order_and_with_every_repeat(database: Database) -> None:
    with asyncio.Runner() as runner:
        pool = runner.run(open_pool(database.url, application="test", max_size=4))

        @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
        @given(things=sets_of_things(), data=st.data())
        def check(things: list[Thing], data: st.DataObject) -> None:
            again = data.draw(st.lists(st.sampled_from(things), max_size=3)) if things else []
            shuffled = data.draw(st.permutations([*things, *again]))

            first = runner.run(on_its_own(pool, database.url, things))
            second = runner.run(on_its_own(pool, database.url, shuffled))

            assert first == second
            assert first["status"] == strongest(things)

        check()
        runner.run(pool.close())


async def on_its_own(pool: Any, url: str, things: Sequence[Thing]) -> dict[str, Any]:
    return await becomes(await Scene.on(pool, url), things)
