"""What both benchmarks of verification play on: api and verifier, and sessions whose gateway answers after a while."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import aiohttp

from tests.bench.bare import BareResult, Request, bare_loop
from tests.bench.lean_gateway import lean_gateway
from tests.bench.live_stream import VerdictWatch, watching
from tests.bench.meter import Meter
from tests.bench.stack import Servers, Stack, stack
from tests.harness.rows import insert_session
from tests.harness.services import ServiceProcess

STATUS_LATENCY_MS = 50.0
_NEVER_S = 86_400
_WARM_UP_WITHIN_S = 60.0
_PAUSE_S = 0.05


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything up and warm, with the live stream open."""

    play: Stack
    gateway_url: str
    client: aiohttp.ClientSession
    watch: VerdictWatch
    sessions: dict[UUID, str]
    api: ServiceProcess
    verifier: ServiceProcess

    def meter(self) -> Meter:
        """Begin to watch both services."""
        return Meter({"api": self.api.pid, "verifier": self.verifier.pid})

    async def ask(self, path: str) -> None:
        """POST without a body; a verification that is not taken is an error."""
        async with self.client.post(path) as response:
            response.raise_for_status()
            await response.read()

    async def raw_calls(self, *, in_flight: int, gateway_ids: list[str]) -> BareResult:
        """The same status calls, and nothing else, by a bare loop."""
        return await bare_loop(
            self.gateway_url, in_flight, [Request(f"/status/{each}", None) for each in gateway_ids], self.play.folder
        )


@asynccontextmanager
async def verification(
    servers: Servers, sessions: int, *, kind: str = "vps", python: Sequence[str] = (sys.executable,)
) -> AsyncIterator[Verification]:
    """Start it, the verifier with ``python``. No answer counts as fresh, and no sweep comes in between: every question is the
    benchmark's. The gateway is spoken to as one of that ``kind``; a `waha` lists all its sessions."""
    organization_id = uuid4()
    with lean_gateway(status_latency_ms=STATUS_LATENCY_MS) as gateway:
        settings = {"verify_freshness_s": 0, "verify_sweep_s": _NEVER_S, "gateway_kind": kind}
        async with stack(servers, gateway_url=gateway.url, **settings) as play:
            known = await _insert_sessions(play, organization_id, sessions)
            verifier, api = await play.start("verifier", python=python), await play.start("api")
            await _until_all_are_verified(play)
            headers = {"X-Organization-Id": str(organization_id)}
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5)
            async with (
                aiohttp.ClientSession(api.url, headers=headers, timeout=timeout) as client,
                watching(client) as watch,
            ):
                yield Verification(play, gateway.url, client, watch, known, api, verifier)


async def _insert_sessions(play: Stack, organization_id: UUID, count: int) -> dict[UUID, str]:
    names = [f"wa_bench_{number}" for number in range(count)]
    async with play.connection.transaction():
        return {
            await insert_session(play.connection, organization_id=organization_id, vps_session_id=name): name
            for name in names
        }


async def _until_all_are_verified(play: Stack) -> None:
    """The first sweep asks for every session: that is the warm-up."""
    deadline = time.monotonic() + _WARM_UP_WITHIN_S
    while await play.connection.fetchval("SELECT count(*) FROM whatsapp_sessions WHERE last_verified_at IS NULL"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the first sweep was not over within {_WARM_UP_WITHIN_S:g} s")
        await asyncio.sleep(_PAUSE_S)
