"""Health and metrics."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from services.api.context import ContextOf
from services.api.shapes import Liveness, Readiness
from truesend.observability import health

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=Liveness, responses={503: {"model": Liveness}})
async def healthz(context: ContextOf) -> Response:
    """Whether every loop moves."""
    return await health.liveness(context.heartbeats)


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
async def readyz(context: ContextOf) -> Response:
    """Whether all that is needed is there; a warning says what is wrong and keeps nobody from being answered."""
    checks: dict[str, health.ReadinessCheck] = {
        "database": context.database.problem,
        "kafka": context.broker.problem,
        "live_stream": context.feed.problem,
    }
    return await health.readiness(checks, {"dead_letters": context.dead_letters.problem})


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics() -> Response:
    """Prometheus' text format."""
    return await health.metrics()
