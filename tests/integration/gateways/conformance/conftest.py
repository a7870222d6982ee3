"""A running simulator of each kind, its adapter, and an address that webhooks are posted to."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from simulator.frame.server import SimulatedGateway
from tests.integration.gateways.conformance.bench import SECRET, Bench
from tests.integration.gateways.conformance.benches import EVERY_BENCH
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.protocol import ParsedWebhook, WebhookEvent


@dataclass(slots=True)
class Inbox:
    """Where webhooks arrive, as they came; and media that may be fetched."""

    url: str
    media: bytes = b"%PDF-1.7 a plan of the workshop"
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def media_digest(self) -> str:
        """How simulators note media that came as bytes."""
        return f"sha256:{hashlib.sha256(self.media).hexdigest()}"

    def events(self, gateway: HttpGateway) -> list[WebhookEvent]:
        """What they tell, in order. Each has to be authentic."""
        events: list[WebhookEvent] = []
        for headers, body in self.received:
            parsed = gateway.parse_webhook(headers, body)
            assert isinstance(parsed, ParsedWebhook), parsed
            events += parsed.events
        return events


@pytest.fixture(params=EVERY_BENCH, ids=[bench.name for bench in EVERY_BENCH])
def bench(request: pytest.FixtureRequest) -> Bench:
    assert isinstance(request.param, Bench)
    return request.param


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    box = Inbox("")

    async def receive(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        box.received.append((headers, await request.read()))
        return web.Response(status=204)

    async def serve_media(_request: web.Request) -> web.Response:
        return web.Response(body=box.media, content_type="application/pdf")

    application = web.Application()
    application.router.add_get("/media/{name}", serve_media)
    application.router.add_post("/v1/webhooks/default", receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    box.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/webhooks/default"
    yield box
    await runner.cleanup()


@pytest.fixture
async def running(bench: Bench, inbox: Inbox) -> AsyncIterator[SimulatedGateway]:
    async with SimulatedGateway.running(bench.simulated, api_key=bench.key) as simulated:
        simulated.memory.change_settings(extra=dict(bench.extra))
        bench.put_session(simulated)
        await simulated.kind.settled()
        inbox.received.clear()
        simulated.memory.change_settings(webhook_url=inbox.url, webhook_secret=SECRET)
        yield simulated


@pytest.fixture
async def gateway(bench: Bench, running: SimulatedGateway) -> AsyncIterator[HttpGateway]:
    adapter = bench.gateway(running.url)
    yield adapter
    await adapter.close()
