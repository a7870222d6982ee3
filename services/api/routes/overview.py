"""What the page shows at a glance."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from services.api.answers import Json
from services.api.context import CallerOf, ContextOf
from services.api.overview import OverviewReader
from services.api.shapes import Overview

router = APIRouter(prefix="/v1", tags=["overview"])
Hours = Annotated[int, Query(ge=1, le=168, description="How far back, from the full hour that is so long ago")]


@router.get("/overview", response_model=Overview)
async def get_overview(caller: CallerOf, context: ContextOf, hours: Hours = 24) -> Response:
    """How sessions, messages, alerts and webhooks are, and were in the last hours; all of one moment."""
    reader = OverviewReader(
        context.database, context.queries, context.gateways, verify_sweep_s=context.settings.verify_sweep_s
    )
    return Json(await reader.read(caller.organization_id, hours))
