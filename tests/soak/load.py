"""What goes on in a soak: a CRM that writes and forgets, sessions that drop, operators who ask, pages that look."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

import aiohttp
import asyncpg

from simulator.server import Simulator
from tests.soak.plan import Plan

SLICE_S = 0.1
TIDY_EVERY_S = 5.0
TIDY_ROWS = 2_000
RECIPIENTS = 5_000
PAGE_LIFE_S = 45.0
CHURNING = 5  # every fifth session drops now and then
_WRITE = """
INSERT INTO scheduled_whatsapp_messages
    (id, organization_id, session_id, recipient, message_type, message_content, scheduled_for)
SELECT gen_random_uuid(), $1, i.session_id, i.recipient, 'custom', 'soak ' || i.number, now()
FROM unnest($2::uuid[], $3::text[], $4::bigint[]) AS i (session_id, recipient, number)
"""
_FORGET = """
DELETE FROM scheduled_whatsapp_messages WHERE id IN (
    SELECT id FROM scheduled_whatsapp_messages
    WHERE status IN ('sent', 'failed', 'cancelled') AND scheduled_for < now() - make_interval(secs => $1)
    ORDER BY scheduled_for LIMIT $2)
"""


@dataclass(frozen=True, slots=True)
class Place:
    """One session, in the database and at the gateway."""

    id: UUID
    gateway_id: str
    churns: bool


@dataclass(slots=True)
class Counts:
    """What was done so far."""

    written: int = 0
    forgotten: int = 0
    drops: int = 0
    verifications: int = 0
    facts_seen: int = 0
    complaints: list[str] = field(default_factory=list)


class Load:
    """Goes on until its time is over, or somebody cancels it."""

    def __init__(
        self,
        plan: Plan,
        places: Sequence[Place],
        gateway: Simulator,
        *,
        database_url: str,
        api_url: str,
        organization_id: UUID,
    ) -> None:
        self.counts = Counts()
        self._plan = plan
        self._places = places
        self._gateway = gateway
        self._database_url = database_url
        self._api_url = api_url
        self._organization_id = organization_id

    async def run(self) -> None:
        """Everything at once, for the plan's time."""
        headers = {"X-Organization-Id": str(self._organization_id)}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
        # a connection of its own for each request: one that was idle may be closed just as it is used again
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        async with aiohttp.ClientSession(
            self._api_url, headers=headers, timeout=timeout, connector=connector
        ) as client:
            beside = [self._forget(), self._drop(), self._verify(client)]
            tasks = [asyncio.create_task(each) for each in beside]
            tasks += [asyncio.create_task(self._look(client, number)) for number in range(self._plan.pages)]
            try:
                await self._write()
            finally:
                for task in tasks:
                    task.cancel()
                ended = await asyncio.gather(*tasks, return_exceptions=True)
                self.counts.complaints += [repr(each) for each in ended if isinstance(each, Exception)]
                for place in self._places:
                    self._gateway.world.revive(place.gateway_id)

    async def _write(self) -> None:
        """By the clock: what a slow moment delayed is written in the next."""
        loop = asyncio.get_running_loop()
        connection = await asyncpg.connect(self._database_url)
        began = loop.time()
        try:
            while (passed_s := loop.time() - began) < self._plan.seconds:
                numbers = range(self.counts.written, int(passed_s * self._plan.rate) + 1)
                places = [self._places[number % len(self._places)].id for number in numbers]
                recipients = [f"9198{number % RECIPIENTS:08}" for number in numbers]
                await connection.execute(_WRITE, self._organization_id, places, recipients, list(numbers))
                self.counts.written += len(numbers)
                await asyncio.sleep(SLICE_S)
        finally:
            await connection.close()

    async def _forget(self) -> None:
        """As a CRM that keeps its table small."""
        connection = await asyncpg.connect(self._database_url)
        try:
            while True:
                await asyncio.sleep(TIDY_EVERY_S)
                self._gateway.world.ledger.forget()
                tag = await connection.execute(_FORGET, self._plan.kept_s, TIDY_ROWS)
                self.counts.forgotten += int(tag.split()[-1])
        finally:
            await connection.close()

    async def _drop(self) -> None:
        churning = [place for place in self._places if place.churns]
        for number in count():
            await asyncio.sleep(self._plan.drop_every_s)
            place = churning[number % len(churning)]
            self._gateway.world.drop(place.gateway_id, "Connection Closed")
            self.counts.drops += 1
            await asyncio.sleep(self._plan.dropped_for_s)
            self._gateway.world.revive(place.gateway_id)

    async def _verify(self, client: aiohttp.ClientSession) -> None:
        """One session by hand and all by a page that loads, in turn."""
        for number in count():
            await asyncio.sleep(self._plan.verify_every_s)
            one = f"/v1/sessions/{self._places[number % len(self._places)].id}/verify"
            async with client.post(one if number % 2 else "/v1/sessions/verify") as answer:
                if answer.status != 202:
                    self.counts.complaints.append(f"verify: HTTP {answer.status} {await answer.text()}")
                self.counts.verifications += 1

    async def _look(self, client: aiohttp.ClientSession, number: int) -> None:
        """A page that is loaded anew now and then, and goes on from what it has seen."""
        last_event_id = ""
        await asyncio.sleep(number * PAGE_LIFE_S / max(self._plan.pages, 1) / 10)
        while True:
            headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PAGE_LIFE_S), client.get("/v1/events", headers=headers) as answer:
                    if answer.status != 200:
                        self.counts.complaints.append(f"events: HTTP {answer.status}")
                        await asyncio.sleep(1.0)
                    async for line in answer.content:
                        if line.startswith(b"id: "):
                            last_event_id = line[4:].strip().decode()
                            self.counts.facts_seen += 1
