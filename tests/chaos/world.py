"""The world of a run: sessions of three organisations at three gateways, two of each service, a proxy on every link."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from tests.chaos.gateways import SECRET, ChaosGateway, three_gateways
from tests.chaos.processes import GRACE_S, PROCESSES, WORKERS, Crew
from tests.chaos.proxy import Address, Link
from tests.chaos.servers import Servers
from tests.chaos.traffic import Place
from tests.harness.rows import insert_session
from truesend.cli.local.ports import LOOPBACK

ORGANIZATIONS: Final = tuple(UUID(int=number, version=4) for number in (1, 2, 3))
KEYS: Final = {organization: f"chaos-key-{number}" for number, organization in enumerate(ORGANIZATIONS)}
SHARES: Final = {"main": 0.5, "ids": 0.3, "bare": 0.2}
SEND_TIMEOUT_S: Final = 3

# Impatient, so that a run of minutes sees what takes hours otherwise.
SETTINGS: Final = {
    "KAFKA_SESSION_TIMEOUT_MS": "6000",
    "GATEWAY_CONNECT_TIMEOUT_S": "1",
    "SEND_TIMEOUT_S": str(SEND_TIMEOUT_S),
    "STATUS_TIMEOUT_S": "2",
    "LEASE_S": "6",
    "CONFIRM_TIMEOUT_S": "5",
    "BACKOFF_BASE_S": "0.2",
    "BACKOFF_MAX_S": "2",
    "MAX_ATTEMPTS": "8",
    "VERIFY_SWEEP_S": "5",
    "VERIFY_FRESHNESS_S": "0.5",
    "ACK_SILENCE_S": "0",
    "SHUTDOWN_GRACE_S": str(GRACE_S),
    "AUTH_MODE": "api_key",
    "API_KEYS": json.dumps({key: str(organization) for organization, key in KEYS.items()}),
}


@dataclass(frozen=True, slots=True)
class World:
    """Everything that faults act on."""

    servers: Servers
    gateways: Mapping[str, ChaosGateway]
    places: Sequence[Place]
    crew: Crew
    postgres_links: Mapping[str, Link]
    gateway_links: Mapping[tuple[str, str], Link]
    front: Link  # to the API, for webhooks and callers alike
    aimed: Counter[str] = field(default_factory=Counter)  # aimed faults that struck at their moment

    @property
    def api_url(self) -> str:
        """The API, through the front."""
        return f"http://{LOOPBACK}:{self.front.port}"

    def links_to_gateways(self, process: str) -> list[Link]:
        """A worker's ways to every gateway."""
        return [link for (name, _), link in self.gateway_links.items() if name == process]

    async def calm(self) -> None:
        """Undo every fault, whatever state it left things in."""
        for link in self._links():
            await link.mend()
            link.thaw()
        if self.servers.own is not None:
            if self.servers.own.disk is not None:
                self.servers.own.disk.empty()
            await self.servers.own.start_postgres()
            await self.servers.own.start_kafka()
        for name in self.crew.names:
            self.crew.thaw(name)
            if clock := self.crew.clock(name):
                clock.set(0)
        for gateway in self.gateways.values():
            gateway.heal()

    def _links(self) -> list[Link]:
        kafka = self.servers.kafka_links.values()
        return [*self.postgres_links.values(), *self.gateway_links.values(), *kafka, self.front]


@asynccontextmanager
async def world(
    servers: Servers,
    folder: Path,
    *,
    sessions: int,
    processes: Sequence[str] = PROCESSES,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """Build one and start its services; ``settings`` are what is different in their environment."""
    async with AsyncExitStack() as closing:
        gateways = await closing.enter_async_context(three_gateways())
        postgres = _address(servers.database_url)
        postgres_links = {name: Link(f"{name} to Postgres", _To(postgres)) for name in processes}
        gateway_links = {
            (name, gateway.name): Link(f"{name} to {gateway.name}", _To(_address(gateway.url)))
            for name in processes
            if name in WORKERS
            for gateway in gateways.values()
        }
        turns = _Turns()
        front = Link("front", turns.addresses)
        for link in (*postgres_links.values(), *gateway_links.values(), front):
            await link.open()
            closing.push_async_callback(link.close)
        common = SETTINGS | _keys(gateways) | {"TRUESEND_TOPIC_PREFIX": servers.topic_prefix}
        environments = {
            name: common
            | {
                "DATABASE_URL": _through(servers.database_url, postgres_links[name].port),
                "KAFKA_BOOTSTRAP_SERVERS": servers.bootstrap_for(name),
                "GATEWAYS_FILE": str(_gateways_file(folder, name, gateways, gateway_links)),
            }
            | dict(settings or {})
            for name in processes
        }
        crew = Crew(environments, folder)
        turns.crew = crew
        for gateway in gateways.values():
            gateway.tell(f"http://{LOOPBACK}:{front.port}/v1/webhooks/{gateway.name}")
        places = await _add_sessions(servers.database_url, gateways, sessions)
        closing.push_async_callback(crew.stop)
        await crew.start()
        yield World(servers, gateways, places, crew, postgres_links, gateway_links, front)


class _Turns:
    """The API's processes take turns at the front; where one is away, the other is tried."""

    def __init__(self) -> None:
        self.crew: Crew | None = None
        self._turn = count()

    def addresses(self) -> list[Address]:
        addresses = [] if self.crew is None else self.crew.addresses("api")
        if not addresses:
            return []
        first = next(self._turn) % len(addresses)
        return addresses[first:] + addresses[:first]


def _address(url: str) -> Address:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


@dataclass(frozen=True, slots=True)
class _To:
    address: Address

    def __call__(self) -> list[Address]:
        return [self.address]


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    credentials, _, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{credentials}@{LOOPBACK}:{port}").geturl()


def _keys(gateways: Mapping[str, ChaosGateway]) -> dict[str, str]:
    keys = {f"CHAOS_KEY_{name.upper()}": gateway.key for name, gateway in gateways.items()}
    return keys | {"CHAOS_SECRET": SECRET}


def _gateways_file(
    folder: Path, process: str, gateways: Mapping[str, ChaosGateway], links: Mapping[tuple[str, str], Link]
) -> Path:
    """The gateways as this process reaches them."""
    lines: list[str] = []
    for name, gateway in gateways.items():
        link = links.get((process, name))
        url = gateway.url if link is None else f"http://{LOOPBACK}:{link.port}"
        lines += [
            f"[gateways.{name}]",
            f'kind = "{gateway.kind}"',
            f'url = "{url}"',
            f'key_env = "CHAOS_KEY_{name.upper()}"',
            'webhook_secret_env = "CHAOS_SECRET"',
            f"[gateways.{name}.options]",
            *(f'{option} = "{value}"' for option, value in gateway.options.items()),
        ]
    file = folder / f"gateways-{process}.toml"
    file.write_text("\n".join(lines) + "\n")
    return file


async def _add_sessions(database_url: str, gateways: Mapping[str, ChaosGateway], number: int) -> list[Place]:
    connection = await asyncpg.connect(database_url)
    try:
        names = [name for name, gateway in gateways.items() for _ in range(max(1, round(SHARES[name] * number)))]
        places: list[Place] = []
        for n, name in enumerate(names):
            organization_id = ORGANIZATIONS[n % len(ORGANIZATIONS)]
            session_id = await insert_session(
                connection,
                organization_id=organization_id,
                vps_session_id=f"{name}-{n}",
                phone_number=gateways[name].add_session(f"{name}-{n}", n),
                gateway=name,
            )
            places.append(Place(session_id, organization_id, name))
        return places
    finally:
        await connection.close()
