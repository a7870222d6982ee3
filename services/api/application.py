"""The HTTP application: routes, problem documents, and what stands around them."""

from fastapi import FastAPI, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.middleware.cors import CORSMiddleware

from services.api.context import Context
from services.api.problems import install_problems
from services.api.request_log import RequestLog
from services.api.routes import (
    batches,
    events,
    health,
    message_actions,
    messages,
    session_actions,
    session_queue,
    sessions,
    webhooks,
)

ALLOWED_HEADERS = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Last-Event-ID",
    "X-API-Key",
    "X-Organization-Id",
    "traceparent",
]


# What /docs asks for. Who a caller is gets decided in auth.py, for every mode.
KEYS = (
    Security(APIKeyHeader(name="X-API-Key", auto_error=False)),
    Security(HTTPBearer(auto_error=False)),
)


def make_application(context: Context) -> FastAPI:
    """The application over these parts."""
    app = FastAPI(
        title="Truesend",
        version="1",
        description="What is true about WhatsApp sessions and messages. Errors are problem documents (RFC 9457).",
        redoc_url=None,
    )
    app.state.context = context
    for router in (
        sessions.router,
        session_actions.router,
        session_queue.router,
        # before /v1/messages/{message_id}, which would take their names for an id
        batches.router,
        message_actions.router,
        messages.router,
        events.router,
    ):
        app.include_router(router, dependencies=KEYS)
    app.include_router(webhooks.router)
    app.include_router(health.router)
    install_problems(app)
    app.add_middleware(RequestLog)
    origins = [origin.strip() for origin in context.settings.cors_origins.split(",") if origin.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=ALLOWED_HEADERS,
            expose_headers=["Location", "Retry-After"],
        )
    return app
