"""A loop outlives what it depends on, and moves when it is woken."""

import asyncio

import pytest

from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop


class Work:
    """Passes of a loop, which can be made to fail."""

    def __init__(self, rest_s: float) -> None:
        self.rest_s = rest_s
        self.failures: list[Exception] = []
        self.passes = asyncio.Semaphore(0)

    async def one_pass(self) -> float:
        self.passes.release()
        if self.failures:
            raise self.failures.pop(0)
        return self.rest_s

    async def happens(self, times: int) -> None:
        async with asyncio.timeout(5):
            for _ in range(times):
                await self.passes.acquire()


async def test_a_wake_up_ends_the_rest() -> None:
    work = Work(rest_s=3600)
    loop = Loop("test", work.one_pass, Heartbeats())
    loop.start()
    await work.happens(1)
    loop.wake()
    await work.happens(1)
    await loop.stop(within_s=1)


@pytest.mark.parametrize("failure", [ConnectionRefusedError("away"), ValueError("a bug")])
async def test_a_failed_pass_is_followed_by_another(failure: Exception) -> None:
    work = Work(rest_s=0.001)
    work.failures = [failure, failure]
    loop = Loop("test", work.one_pass, Heartbeats())
    loop.start()
    await work.happens(4)
    await loop.stop(within_s=1)


async def test_a_pass_that_hangs_is_cut_off_at_the_end() -> None:
    async def hang() -> float:
        await asyncio.Event().wait()
        return 0

    loop = Loop("test", hang, Heartbeats())
    loop.start()
    async with asyncio.timeout(2):
        await loop.stop(within_s=0.05)


async def test_a_loop_that_stands_still_is_seen_and_one_that_ended_is_not() -> None:
    now = [0.0]
    heartbeats = Heartbeats(clock=lambda: now[0])
    heartbeats.beat("still")
    heartbeats.beat("ended")
    heartbeats.forget("ended")
    now[0] = 46.0
    heartbeats.beat("moving")

    assert heartbeats.stale() == ["still"]
