"""What the CRM wants sent: a pure function of the seed, and the writing of it, by SQL and through the API."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal
from uuid import UUID

import aiohttp
import asyncpg

CHATS_PER_SESSION: Final = 12
_POSTED_SHARE: Final = 0.1
_SLICE_S: Final = 0.5
_PAUSE_S: Final = 0.2
_POST_TIMEOUT: Final = aiohttp.ClientTimeout(total=5)
_AWAY: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@dataclass(frozen=True, slots=True)
class Place:
    """A session that messages are sent from."""

    session_id: UUID
    organization_id: UUID
    gateway: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """One message. Its ``token`` is in its text; the CRM's own rows have it as id, too."""

    token: UUID
    place: Place
    recipient: str
    at_s: float
    by: Literal["crm", "api"]

    @property
    def text(self) -> str:
        """What is sent."""
        return f"Dear customer, this is yours: #{self.token}"


def token_in(text: str) -> UUID:
    """The token of a message, from its text. Raises ValueError where there is none."""
    return UUID(text.rpartition("#")[2])


def wanted_messages(seed: int, count: int, places: Sequence[Place], duration_s: float) -> list[Wanted]:
    """So many messages in the order of their time, spread over sessions and their few chats."""
    random = Random(seed)
    times = sorted(random.uniform(0, duration_s) for _ in range(count))
    return [_wanted(random, places, at_s) for at_s in times]


def _wanted(random: Random, places: Sequence[Place], at_s: float) -> Wanted:
    number = random.randrange(len(places))
    return Wanted(
        token=UUID(int=random.getrandbits(128), version=4),
        place=places[number],
        recipient=f"9198{number:03}{random.randrange(CHATS_PER_SESSION):05}",
        at_s=at_s,
        by="api" if random.random() < _POSTED_SHARE else "crm",
    )


class Crm:
    """Writes what is wanted when its time has come, however often it takes. Nothing of it is given up."""

    def __init__(self, database_url: str, api_url: str, keys: dict[UUID, str], wanted: Sequence[Wanted]) -> None:
        self._database_url = database_url
        self._api_url = api_url
        self._keys = keys
        self._wanted = wanted

    async def write_all(self) -> None:
        """Returns when all are written."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with aiohttp.ClientSession(timeout=_POST_TIMEOUT) as client, asyncio.TaskGroup() as writing:
            left = list(self._wanted)
            while left:
                now_s = loop.time() - began
                due = [each for each in left if each.at_s <= now_s]
                left = left[len(due) :]
                await self._insert([each for each in due if each.by == "crm"])
                for each in due:
                    if each.by == "api":
                        writing.create_task(self._post(client, each))
                await asyncio.sleep(_SLICE_S)

    async def _insert(self, wanted: Sequence[Wanted]) -> None:
        while wanted:
            with contextlib.suppress(*_AWAY):
                await self._try_to_insert(wanted)
                return
            await asyncio.sleep(_PAUSE_S)

    async def _try_to_insert(self, wanted: Sequence[Wanted]) -> None:
        connection = await asyncpg.connect(self._database_url, timeout=5, command_timeout=10)
        try:
            await connection.execute(
                "INSERT INTO scheduled_whatsapp_messages"
                " (id, organization_id, session_id, recipient, message_type, message_content, scheduled_for)"
                " SELECT i.id, i.organization_id, i.session_id, i.recipient, 'custom', i.text, now()"
                " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])"
                " AS i (id, organization_id, session_id, recipient, text) ON CONFLICT DO NOTHING",
                [each.token for each in wanted],
                [each.place.organization_id for each in wanted],
                [each.place.session_id for each in wanted],
                [each.recipient for each in wanted],
                [each.text for each in wanted],
            )
        finally:
            connection.terminate()

    async def _post(self, client: aiohttp.ClientSession, wanted: Wanted) -> None:
        body = {
            "session_id": str(wanted.place.session_id),
            "recipient": wanted.recipient,
            "message_content": wanted.text,
            "message_type": "custom",
        }
        key = self._keys[wanted.place.organization_id]
        headers = {"X-API-Key": key, "Idempotency-Key": str(wanted.token)}
        while True:
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with client.post(f"{self._api_url}/v1/messages", json=body, headers=headers) as answer:
                    if answer.status < 300:
                        return
                    assert answer.status in {409, 429} or answer.status >= 500, await answer.text()
            await asyncio.sleep(_PAUSE_S)
