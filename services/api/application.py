"""The HTTP application: routes, problem documents, and what stands around them."""

from pathlib import Path

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from services.api.context import Context
from services.api.draining import LastAnswers
from services.api.key_headers import KEYS
from services.api.openapi.docs_page import add_docs_page
from services.api.openapi.document import DescribedApi, operation_id
from services.api.page.site import add_page
from services.api.problems import install_problems
from services.api.request_log import RequestLog
from services.api.routes import (
    batches,
    events,
    health,
    message_actions,
    messages,
    overview,
    session_actions,
    session_queue,
    sessions,
    webhooks,
)
from services.api.safe_headers import SafeHeaders
from services.api.verify_gate import VerifyGate

ALLOWED_HEADERS = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Last-Event-ID",
    "X-API-Key",
    "X-Organization-Id",
    "traceparent",
]
DESCRIPTION = """What is true about WhatsApp sessions and messages.

Errors are problem documents (RFC 9457). Lists are pages: `next_cursor` is the `cursor` of the next one. Times have their
zone. Fields are only ever added: ignore those you don't know. What is on Kafka is described by docs/api/asyncapi.json."""
TAGS = [
    {
        "name": "sessions",
        "description": "WhatsApp sessions: what their gateways confirm, and an operator's hand on them.",
    },
    {"name": "messages", "description": "Messages: into the queue, what became of them, and what an operator can do."},
    {"name": "overview", "description": "All of it at a glance."},
    {"name": "events", "description": "The live stream: facts, while they happen."},
    {"name": "webhooks", "description": "What gateways tell us, and whether it arrives."},
    {"name": "health", "description": "For probes and Prometheus; no key."},
]


def make_application(context: Context, page: Path | None) -> FastAPI:
    """The application over these parts, with the built page of this folder."""
    app = described_routes()
    add_docs_page(app)
    add_page(app, page)
    app.state.context = context
    install_problems(app)
    app.add_middleware(RequestLog)
    app.add_middleware(SafeHeaders)
    origins = [origin.strip() for origin in context.settings.cors_origins.split(",") if origin.strip()]
    if origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=ALLOWED_HEADERS,
            expose_headers=["Location", "Retry-After"],
        )
    app.add_middleware(LastAnswers, stopping=context.stopping)
    app.add_middleware(VerifyGate)
    return app


def described_routes() -> DescribedApi:
    """Every route with its description, over nothing yet."""
    app = DescribedApi(
        title="Truesend",
        version="1",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=TAGS,
        servers=[{"url": "/", "description": "Where this document is served"}],
        generate_unique_id_function=operation_id,
        docs_url=None,
        redoc_url=None,
    )
    # first, since gateways call it most often by far
    app.include_router(webhooks.router)
    for router in (
        sessions.router,
        session_actions.router,
        session_queue.router,
        # before /v1/messages/{message_id}, which would take their names for an id
        batches.router,
        message_actions.router,
        messages.router,
        overview.router,
        events.router,
    ):
        app.include_router(router, dependencies=KEYS)
    app.include_router(health.router)
    return app
