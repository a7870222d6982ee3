"""One client's buffer on the live stream."""

from uuid import UUID, uuid4

from services.api.live.audience import Audience, Listener
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
