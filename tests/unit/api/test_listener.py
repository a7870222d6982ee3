"""One client's buffer on the live stream."""

import asyncio
from uuid import UUID, uuid4

from services.api.live.audience import Audience, Batch, Listener
from services.api.live.frames import Frame


def a_frame(organization_id: UUID, position: int) -> Frame:
    return Frame("session", organization_id, position, {"id": "x", "status": "connected"})


async def test_a_full_buffer_keeps_what_came_before_and_takes_nothing_after() -> None:
    listener = Listener(uuid4(), buffer_frames=3)

    for position in range(1, 6):
        listener.push(a_frame(listener.organization_id, position))

    frames = await listener.take(within_s=0)
    assert [frame.position for frame in frames] == [1, 2, 3]
    listener.push(a_frame(listener.organization_id, 6))
    assert await listener.take(within_s=1) == []
    assert (listener.has_ended, listener.has_overflowed) == (True, True)


async def test_a_frame_is_for_its_organization_and_is_encoded_once_for_all_of_its_clients() -> None:
    audience, organization_id = Audience(), uuid4()
    mine, mine_too = (Listener(organization_id, buffer_frames=3) for _ in range(2))
    theirs = Listener(uuid4(), buffer_frames=3)
    for listener in (mine, mine_too, theirs):
        audience.join(listener)

    audience.hand_out(a_frame(organization_id, 1))

    (first,), (second,) = await mine.take(within_s=1), await mine_too.take(within_s=1)
    assert first.wire is second.wire
    assert first.wire == b'id: 1\nevent: session\ndata: {"id":"x","status":"connected"}\n\n'
    assert await theirs.take(within_s=0) == []
    for listener in (mine, mine_too, theirs):
        audience.leave(listener)
    assert len(audience) == 0


async def test_a_closed_audience_ends_those_who_are_there_and_those_who_come_late() -> None:
    audience, early, late = Audience(), Listener(uuid4(), buffer_frames=3), Listener(uuid4(), buffer_frames=3)
    audience.join(early)

    audience.close()
    audience.join(late)

    assert early.has_ended
    assert late.has_ended
    audience.leave(early)
    audience.leave(late)


class Connection:
    """Takes chunks, or does not."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_full = False

    def write_now(self, chunk: bytes) -> bool:
        if not self.is_full:
            self.written.append(chunk)
        return not self.is_full


async def a_waiting_listener(connection: Connection) -> tuple[Listener, "asyncio.Task[list[Frame]]"]:
    listener = Listener(uuid4(), buffer_frames=3, write_now=connection.write_now)
    taking = asyncio.create_task(listener.take(within_s=5))
    await asyncio.sleep(0)
    return listener, taking


def a_batch(listener: Listener, *positions: int) -> Batch:
    return Batch.of([a_frame(listener.organization_id, position) for position in positions])


async def test_facts_go_to_a_client_that_has_nothing_under_way_without_waking_its_stream() -> None:
    connection = Connection()
    listener, taking = await a_waiting_listener(connection)

    listener.hear(a_batch(listener, 1, 2))
    listener.end()

    assert await taking == []
    (chunk,) = connection.written
    size, _, rest = chunk.partition(b"\r\n")
    assert rest.endswith(b"\n\n\r\n")
    assert int(size, 16) == len(rest) - 2
    assert b"id: 1\n" in rest
    assert b"id: 2\n" in rest


async def test_what_a_connection_does_not_take_waits_in_the_buffer_and_is_not_overtaken() -> None:
    connection = Connection()
    listener, taking = await a_waiting_listener(connection)

    connection.is_full = True
    listener.hear(a_batch(listener, 1))
    connection.is_full = False
    listener.hear(a_batch(listener, 2))

    assert [frame.position for frame in await taking] == [1, 2]
    listener.hear(a_batch(listener, 3))
    assert [frame.position for frame in await listener.take(within_s=1)] == [3]
    assert connection.written == []


async def test_a_client_gets_nothing_that_it_had_before_it_joined() -> None:
    connection = Connection()
    listener, taking = await a_waiting_listener(connection)
    listener.after = 2

    listener.hear(a_batch(listener, 1, 2, 3))

    assert [frame.position for frame in await taking] == [3]
    assert connection.written == []


async def test_a_connection_that_fails_costs_no_other_client_a_fact() -> None:
    audience, organization_id = Audience(), uuid4()

    def broken(_chunk: bytes) -> bool:
        raise RuntimeError("the transport is closed")

    failing = Listener(organization_id, buffer_frames=3, write_now=broken)
    others = [Listener(organization_id, buffer_frames=3) for _ in range(5)]
    for listener in (*others, failing):
        audience.join(listener)
    waiting = [asyncio.create_task(listener.take(within_s=5)) for listener in (*others, failing)]
    await asyncio.sleep(0)

    audience.hand_out(a_frame(organization_id, 1))

    assert [len(await each) for each in waiting] == [1, 1, 1, 1, 1, 0]
    assert failing.has_ended
    for listener in (*others, failing):
        audience.leave(listener)
