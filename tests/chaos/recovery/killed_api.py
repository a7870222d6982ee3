"""From an API's kill -9 until its pages are live again, nothing missed."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from time import monotonic

import aiohttp

from tests.acceptance.conftest import API_KEY, Infrastructure, Town
from tests.bench.figures import Figure, at_most
from tests.harness.background import in_background
from tests.harness.waiting import until

REPETITIONS = 5
GOAL_S = 2.0
RESTARTED_GOAL_S = 10.0
# what @truesend/react waits before it comes back, at first, is shorter
RECONNECT_S = 0.2


@dataclass
class Page:
    """A client that comes back with its last id, to whichever address answers."""

    urls: Sequence[str]
    last_id: str | None = None
    is_live: asyncio.Event = field(default_factory=asyncio.Event)
    positions: list[int] = field(default_factory=list)

    async def follow(self) -> None:
        """Until cancelled."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=2)
        async with aiohttp.ClientSession(timeout=timeout) as client:
            turn = 0
            while True:
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._read(client, self.urls[turn % len(self.urls)])
                self.is_live.clear()
                turn += 1
                await asyncio.sleep(RECONNECT_S)

    async def _read(self, client: aiohttp.ClientSession, url: str) -> None:
        headers = {"X-API-Key": API_KEY} | ({"Last-Event-ID": self.last_id} if self.last_id else {})
        async with client.get(f"{url}/v1/events", headers=headers) as answer:
            answer.raise_for_status()
            self.is_live.set()
            async for line in answer.content:
                if line.startswith(b"id:"):
                    self.last_id = line[3:].strip().decode()
                if line.startswith(b"event: message"):
                    self.positions.append(int(self.last_id or 0))


async def killed_api(infrastructure: Infrastructure) -> Figure:
    """With a second API process to go to."""
    return await _measure(infrastructure.town, "API killed, another there → its pages live again", GOAL_S, two=True)


async def restarted_api(infrastructure: Infrastructure) -> Figure:
    """With nobody but its successor, which is started at once."""
    goal = RESTARTED_GOAL_S
    return await _measure(infrastructure.town, "API killed, started again → its pages live again", goal, two=False)


async def _measure(town: Town, name: str, goal_s: float, *, two: bool) -> Figure:
    sender = await town.start("sender")
    took = [await _once(town, f"{'two' if two else 'one'}_{number}", two=two) for number in range(REPETITIONS)]
    await asyncio.to_thread(sender.terminate)
    typical = median(took)
    return Figure(
        name,
        f"{typical:.2f} s",
        at_most(typical, goal_s, " s"),
        (f"{REPETITIONS} times, until a message that was sent meanwhile is seen: " + _seconds(took),),
    )


async def _once(town: Town, number: str, *, two: bool) -> float:
    session_id = await town.session(f"wa_page_{number}")
    doomed = await town.start("api")
    other = await town.start("api") if two else None
    page = Page([doomed.url] if other is None else [doomed.url, other.url])
    async with in_background(page.follow()):
        await asyncio.wait_for(page.is_live.wait(), 30)
        first = await town.message(session_id)
        await town.becomes(first, "sent")
        await _saw_something(page, 0)
        seen = len(page.positions)
        doomed.kill()
        killed_at = monotonic()
        if other is None:
            doomed.launch()
        await town.becomes(await town.message(session_id), "sent")
        await _saw_something(page, seen)
        took_s = monotonic() - killed_at
    for service in (doomed, other):
        if service is not None:
            await asyncio.to_thread(service.kill)
    return took_s


async def _saw_something(page: Page, before: int) -> None:
    async def more() -> bool:
        return len(page.positions) > before

    await until(more, 60, "the page sees a message")


def _seconds(values: Sequence[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values) + " s"
