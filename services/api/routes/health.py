"""Health and metrics."""

from fastapi import APIRouter, Response

from services.api.context import ContextOf
from truesend.observability import health

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz(context: ContextOf) -> Response:
    """Whether every loop moves."""
    return await health.liveness(context.heartbeats)


@router.get("/readyz")
async def readyz(context: ContextOf) -> Response:
    """Whether all that is needed is there."""
    checks: dict[str, health.ReadinessCheck] = {
        "database": context.database.problem,
        "kafka": context.broker.problem,
        "live_stream": context.feed.problem,
    }
    return await health.readiness(checks)


@router.get("/metrics")
async def metrics() -> Response:
    """Prometheus' text format."""
    return await health.metrics()
