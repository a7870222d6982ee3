"""``/healthz``, ``/readyz`` and ``/metrics`` of a service without an API of its own."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, disable_created_metrics, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from truesend.observability.guarded_http import ConnectionLimits, Guard
from truesend.observability.heartbeats import Heartbeats
from truesend.settings import SettingsError

ReadinessCheck = Callable[[], Awaitable[str | None]]
"""None when the service can do its work, else why it cannot."""

# a second line for each counter, that nobody asks for
disable_created_metrics()  # type: ignore[no-untyped-call]
READINESS_TIMEOUT_S = 3.0
MOST_PROBES = 100


async def liveness(heartbeats: Heartbeats) -> Response:
    """200 while every loop moves, else 503 with the names of those that stand still."""
    stale = heartbeats.stale()
    return JSONResponse({"alive": not stale, "stale": stale}, status_code=503 if stale else 200)


async def readiness(
    checks: Mapping[str, ReadinessCheck], warnings: Mapping[str, ReadinessCheck] | None = None
) -> Response:
    """200 when every check passes, else 503 with what is missing. ``warnings`` are told, and change nothing of that."""
    problems = await _failing(checks)
    told = {"ready": not problems, "problems": problems, "warnings": await _failing(warnings or {})}
    return JSONResponse(told, status_code=503 if problems else 200)


async def metrics() -> Response:
    """Prometheus' text format."""
    return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _failing(checks: Mapping[str, ReadinessCheck]) -> dict[str, str]:
    return {name: problem for name, check in checks.items() if (problem := await _bounded(check)) is not None}


async def _bounded(check: ReadinessCheck) -> str | None:
    try:
        async with asyncio.timeout(READINESS_TIMEOUT_S):
            return await check()
    except Exception as error:
        return type(error).__name__


class HealthServer:
    """Serves the three routes on ``host:port`` (0: any free port, see ``port`` once started)."""

    def __init__(self, *, host: str, port: int, heartbeats: Heartbeats, checks: Mapping[str, ReadinessCheck]) -> None:
        self._address = f"{host}:{port}"
        self._heartbeats, self._checks = heartbeats, checks

        async def healthz(_request: Request) -> Response:
            return await liveness(self._heartbeats)

        async def readyz(_request: Request) -> Response:
            return await readiness(self._checks)

        async def prometheus(_request: Request) -> Response:
            return await metrics()

        routes = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", prometheus)]
        self._server = QuietServer(
            uvicorn.Config(
                Starlette(routes=routes),
                host=host,
                port=port,
                http=Guard(ConnectionLimits(connections=MOST_PROBES)).protocol,
                log_config=None,
                access_log=False,
                ws="none",
            )
        )
        self._task: asyncio.Task[None] | None = None

    def watch(self, heartbeats: Heartbeats, checks: Mapping[str, ReadinessCheck]) -> None:
        """Answer for these from now on."""
        self._heartbeats, self._checks = heartbeats, checks

    async def start(self) -> None:
        """Listen. Raises SettingsError when the port is taken."""
        self._task = asyncio.create_task(self._serve(), name="health server")
        while not self._server.started:
            if self._task.done():
                self._task.result()
            await asyncio.sleep(0.01)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def _serve(self) -> None:
        try:
            await self._server.serve()
        except SystemExit:
            what = f"HEALTH_HOST, HEALTH_PORT: {self._address} cannot be listened on; is it taken?"
            raise SettingsError(what) from None

    async def stop(self) -> None:
        """Close the port."""
        self._server.should_exit = True
        if self._task is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._task, 3)


class QuietServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the service decides when to end."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Leave the signals alone."""
        yield
