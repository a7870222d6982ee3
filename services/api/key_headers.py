"""How keys and secrets are sent, for /docs. Who a caller is gets decided in auth.py, and by the gateway's module."""

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPBearer

KEYS = (
    Security(APIKeyHeader(name="X-API-Key", scheme_name="ApiKey", description="A key of API_KEYS.", auto_error=False)),
    Security(
        HTTPBearer(
            scheme_name="Bearer", description="A key of API_KEYS, or with AUTH_MODE=jwt a token.", auto_error=False
        )
    ),
)
WEBHOOK_SECRETS = (
    Security(
        APIKeyHeader(
            name="X-API-Key",
            scheme_name="WebhookSecret",
            description="The gateway's WEBHOOK_SECRET; no API key.",
            auto_error=False,
        )
    ),
    Security(
        HTTPBearer(
            scheme_name="WebhookBearer", description="The gateway's WEBHOOK_SECRET; no API key.", auto_error=False
        )
    ),
)
