"""One of each service in front of a gateway that answers at once, watched from outside while it is overloaded."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from tests.bench.figures import Cost, Figure, Goal, percentile
from tests.bench.lean_gateway import lean_gateway
from tests.bench.meter import Meter, Metered
from tests.bench.stack import Servers, Stack, stack
from tests.chaos.overload.pages import Pages, open_pages
from tests.harness.rows import insert_session
from tests.harness.services import ServiceProcess
from truesend.contracts.topics import Topic

IN_FLIGHT = 64
BOUNDS_MB = {"api": 300, "verifier": 200, "sender": 200}
LEAST_FACTS = 3
PUBLISHED_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Size:
    """How much. The usual one is what the issue asks for; a test has less."""

    sessions: int = 200
    due: int = 100_000
    requests: int = 5_000
    pages: int = 2_000
    looks: int = 20
    backlog: int = 100_000
    poison: int = 100_000
    pages_goal_s: float = 2.0
    patience_s: float = 900.0


@dataclass
class Stage:
    """The processes, and their rows."""

    stack: Stack
    size: Size
    organization_id: UUID
    sessions: list[UUID] = field(default_factory=list)
    services: dict[str, ServiceProcess] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """Where the rows are."""
        return self.stack.settings.database_url.get_secret_value()

    async def start(self, *names: str) -> None:
        """Start these services."""
        for name in names:
            self.services[name] = await self.stack.start(name)

    async def publish(self, topic: Topic, bodies: Sequence[bytes], keys: Sequence[bytes]) -> None:
        """As fast as Kafka takes them."""
        name = f"{self.stack.settings.truesend_topic_prefix}{topic.name}"
        servers = self.stack.settings.kafka_bootstrap_servers
        async with AIOKafkaProducer(bootstrap_servers=servers, linger_ms=20, max_batch_size=256 * 1024) as producer:
            for start in range(0, len(bodies), PUBLISHED_AT_ONCE):
                chunk = zip(bodies[start:][:PUBLISHED_AT_ONCE], keys[start:][:PUBLISHED_AT_ONCE], strict=True)
                confirmations = [await producer.send(name, body, key=key) for body, key in chunk]
                for confirmation in confirmations:
                    await confirmation


@dataclass
class Watched:
    """What was seen from outside."""

    pages: Pages
    pages_goal_s: float
    metered: Metered | None = None

    def figure(self, name: str, result: str, *beside: str, fine: bool = True) -> Figure:
        """A line of the report. The goal: pages within ``pages_goal_s``, memory within its bounds, and ``fine``."""
        assert self.metered is not None
        delays = self.pages.delays_s
        assert len(delays) >= LEAST_FACTS, "pages saw next to nothing"
        costs = {service: cost for service, cost in self.metered.costs.items() if service in BOUNDS_MB}
        is_met = fine and max(delays) <= self.pages_goal_s and not self.pages.lost and _bounded(costs)
        bounds = ", ".join(f"{service} {bound}" for service, bound in BOUNDS_MB.items())
        return Figure(
            name,
            result,
            Goal(f"pages ≤ {self.pages_goal_s:g} s, MB ≤ {bounds}, nothing dies", is_met),
            (
                *beside,
                f"pages saw {len(delays)} facts after {median(delays):.2f} s (median), "
                f"{percentile(delays, 99):.2f} s (99 of 100), {max(delays):.2f} s at most",
                " · ".join(f"{service} {cost}" for service, cost in self.metered.costs.items()),
                f"CPU taken by others on this machine meanwhile: {self.metered.others_s:.0f} s",
            ),
        )


def _bounded(costs: dict[str, Cost]) -> bool:
    return all(cost.peak_rss_mb <= BOUNDS_MB[service] for service, cost in costs.items())


@asynccontextmanager
async def watched(stage: Stage, *, pages: int = 1) -> AsyncIterator[Watched]:
    """With open pages, until the block ends; every service must live then."""
    meter = Meter({name: service.pid for name, service in stage.services.items()})
    api = stage.services["api"]
    async with open_pages(api.url, stage.database_url, uuid4(), count=pages) as opened:
        seen = Watched(opened, stage.size.pages_goal_s)
        yield seen
        await opened.until_seen(LEAST_FACTS)
    seen.metered = await meter.read()
    for name, service in stage.services.items():
        assert service.is_running(), f"{name} died\n{service.log_tail()}"


@asynccontextmanager
async def set_stage(servers: Servers, size: Size) -> AsyncIterator[Stage]:
    """One API, one verifier and one sender, with connected sessions of one organisation."""
    async with contextlib.AsyncExitStack() as closing:
        gateway = closing.enter_context(lean_gateway())
        play = await closing.enter_async_context(
            stack(servers, gateway_url=gateway.url, gateway_max_in_flight=IN_FLIGHT)
        )
        stage = Stage(play, size, uuid4())
        for number in range(size.sessions):
            session = await insert_session(
                play.connection, organization_id=stage.organization_id, vps_session_id=f"wa_{number}"
            )
            stage.sessions.append(session)
        await stage.start("api", "verifier", "sender")
        yield stage
