"""What gateways tell us."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from services.api.answers import Json
from services.api.bodies import BodyTooLarge, read_bounded
from services.api.context import CallerOf, ContextOf
from services.api.key_headers import KEYS, WEBHOOK_SECRETS
from services.api.problems import not_found
from services.api.shapes import WebhookHealth
from services.api.webhooks.health import webhook_health
from services.api.webhooks.intake import Webhook
from truesend.gateways.protocol import WebhookRefusal

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])
ANY_OBJECT = {
    "required": True,
    "description": "As the gateway sends it.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}


@router.post(
    "/{gateway}",
    status_code=204,
    response_class=Response,
    dependencies=WEBHOOK_SECRETS,
    openapi_extra={"requestBody": ANY_OBJECT},
)
async def take_webhook(gateway: str, request: Request, context: ContextOf) -> Response:
    """Take what a gateway tells: 204 once it is stored. The secret is the webhook's, not an API key.

    What is of no use here is taken, too, and passed on where WEBHOOK_FORWARD_URL says so.
    """
    intake = context.intake
    address = request.client.host if request.client else None
    known = intake.require_gateway(gateway, address)
    intake.require_turn(known, request.headers, address)
    try:
        body = await read_bounded(request, limit_bytes=context.settings.webhook_max_bytes)
    except BodyTooLarge:
        raise intake.refuse(known, WebhookRefusal.TOO_LARGE, address) from None
    webhook = Webhook(request.headers, body, address, datetime.now(UTC), request.state.traceparent)
    await intake.take(known, webhook)
    return Response(status_code=204)


@router.get("/{gateway}/health", response_model=WebhookHealth, dependencies=KEYS)
async def health_of_webhooks(gateway: str, _caller: CallerOf, context: ContextOf) -> Response:
    """Whether a gateway's webhooks arrive, and which were refused in the last day."""
    known = context.gateways.get(gateway)
    if known is None:
        raise not_found("gateway")
    queries = context.queries
    async with context.database.unbound() as connection:
        seen = await queries["webhook_gateway"].fetchrow(connection, gateway=gateway)
        refused = await queries["webhook_refusals"].fetch(connection, gateway=gateway)
        recent = await queries["webhook_refusals_recent"].fetch(connection, gateway=gateway)
    return Json(
        webhook_health(
            gateway,
            secret_configured=bool(known.config.webhook_secret),
            seen=dict(seen) if seen else None,
            refused=[dict(row) for row in refused],
            recent=[dict(row) for row in recent],
        )
    )
