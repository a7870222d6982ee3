"""What the routes stand on."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, cast

from fastapi import Depends, Request

from services.api.auth import Authenticator, Caller, require_readable_organization
from services.api.broker_link import BrokerLink
from services.api.database import Database
from services.api.hints import Hints
from services.api.live.feed import Feed
from services.api.live.stream import StreamLimits
from services.api.message_table import MessageTable
from services.api.pairing import PairingDesk
from services.api.webhooks.intake import Intake
from truesend.broker.dead_letters import DeadLetters
from truesend.gateways.protocol import Gateway
from truesend.observability.heartbeats import Heartbeats
from truesend.settings import Settings
from truesend.store.queries import Query


@dataclass(frozen=True, slots=True)
class Context:
    """One process's parts."""

    settings: Settings
    stopping: asyncio.Event
    queries: Mapping[str, Query]
    database: Database
    broker: BrokerLink
    gateways: Mapping[str, Gateway]
    intake: Intake
    feed: Feed
    dead_letters: DeadLetters
    hints: Hints
    message_table: MessageTable
    authenticate: Authenticator
    heartbeats: Heartbeats
    stream_limits: StreamLimits
    pairing: PairingDesk
    random: Random = field(default_factory=Random)


async def context_of(request: Request) -> Context:
    """The parts of the process that serves this request."""
    return cast(Context, request.app.state.context)


ContextOf = Annotated[Context, Depends(context_of)]


async def caller_of(request: Request, context: ContextOf) -> Caller:
    """Who calls. Raises Problem for whoever cannot prove it."""
    caller = await context.authenticate(request)
    require_readable_organization(request)
    request.state.organization_id = caller.organization_id
    return caller


CallerOf = Annotated[Caller, Depends(caller_of)]
