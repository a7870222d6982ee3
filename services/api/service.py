"""The API as a whole: its parts, started and stopped in the order that they need."""

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import uvicorn
from faststream.kafka import KafkaBroker

from services.api.application import make_application
from services.api.auth import authenticator
from services.api.broker_link import BrokerLink
from services.api.context import Context
from services.api.database import Database
from services.api.draining import until_used
from services.api.guesses import Guesses
from services.api.hints import Hints
from services.api.live.feed import Feed
from services.api.live.frames import StreamedFact
from services.api.live.stream import StreamLimits
from services.api.message_table import MessageTable
from services.api.page.folder import built_page
from services.api.pairing import PairingDesk, PairingLimits
from services.api.webhooks.intake import Intake
from services.api.webhooks.quoted import QuotedMessages
from services.api.webhooks.sessions import GatewaySessions
from services.api.webhooks.tally import Tally
from truesend.broker.consumer import subscribe
from truesend.broker.dead_letters import DeadLetters
from truesend.broker.factory import kafka_client_options, make_broker
from truesend.broker.publisher import Publisher
from truesend.contracts.events import ForwardWebhook
from truesend.contracts.topics import GATEWAY_FORWARD, MESSAGE_EVENTS, SESSION_EVENTS
from truesend.gateways.configured import gateway_configs
from truesend.gateways.registry import build_gateways
from truesend.observability.build import tell_version
from truesend.observability.event_loop import LoopWatch
from truesend.observability.guarded_http import ConnectionLimits, Guard, connections_allowed
from truesend.observability.health import QuietServer
from truesend.observability.heartbeats import Heartbeats
from truesend.settings import Settings, SettingsError
from truesend.store.queries import load_queries

if TYPE_CHECKING:
    from services.api.webhooks.forwarder import Forwarder

DRAIN_S = 1.5
SERVER_STOP_S = 3
FORWARD_GROUP = "truesend-forwarder"
FORWARD_BATCH = 100
FORWARD_MARGIN_S = 3_600.0

log = structlog.get_logger(__name__)


class ApiService:
    """Comes up whether Postgres and Kafka are there or not, and says by /readyz which it is."""

    def __init__(
        self,
        settings: Settings,
        *,
        stream_limits: StreamLimits | None = None,
        pairing_limits: PairingLimits | None = None,
        page: Path | None = None,
    ) -> None:
        """Put the parts together. ``page`` is the folder of the built page, if it is not where it is built. Raises
        SettingsError when AUTH_MODE is not set up, GatewayConfigError for a gateway that is not."""
        queries = load_queries("api")
        heartbeats = Heartbeats()
        self._settings = settings
        self._stopping = asyncio.Event()
        self._page = page or built_page()
        self._database = Database(
            settings.database_url.get_secret_value(),
            pool_size=settings.database_pool_size,
            pool_mode=settings.database_pool_mode,
            heartbeats=heartbeats,
        )
        broker = make_broker(settings, service="api")
        prefix = settings.truesend_topic_prefix
        self._dead_letters = DeadLetters(broker, topic_prefix=prefix, per_minute=settings.dead_letters_per_minute)
        self._broker = BrokerLink(
            broker,
            Publisher(broker, topic_prefix=prefix, source="/truesend/api"),
            client_options=kafka_client_options(settings),
            heartbeats=heartbeats,
        )
        self._gateways = build_gateways(gateway_configs(settings))
        self._tally = Tally(self._database, queries, heartbeats)
        intake = Intake(
            self._gateways,
            self._broker,
            GatewaySessions(self._database, queries["session_of_gateway"]),
            QuotedMessages(self._database, queries["texts_told_of"]),
            self._tally,
            Guesses("webhooks", settings.auth_failures_per_minute),
            forwards=settings.webhook_forward_url is not None,
        )
        self._feed = Feed(self._database, queries, heartbeats)
        for topic, kind in ((SESSION_EVENTS, "session"), (MESSAGE_EVENTS, "message")):
            subscribe(
                broker,
                topic,
                StreamedFact,
                self._feed.handler(kind),
                group=None,
                topic_prefix=prefix,
                dead_letters=self._dead_letters,
                from_start=False,
            )
        self._forwarder = self._forward(broker) if settings.webhook_forward_url else None
        self._pairing = PairingDesk(pairing_limits)
        self._guard = Guard(
            ConnectionLimits(
                head_timeout_s=settings.api_head_timeout_s,
                body_timeout_s=settings.api_body_timeout_s,
                connections=connections_allowed(settings.api_max_connections),
            )
        )
        self._hints = Hints(self._database, queries["hint"], heartbeats)
        self._server = QuietServer(
            self._config(
                Context(
                    settings=settings,
                    stopping=self._stopping,
                    queries=queries,
                    database=self._database,
                    broker=self._broker,
                    gateways=self._gateways,
                    intake=intake,
                    feed=self._feed,
                    dead_letters=self._dead_letters,
                    hints=self._hints,
                    message_table=MessageTable(self._database, queries["message_columns"]),
                    authenticate=authenticator(settings, self._database, queries["is_member"]),
                    heartbeats=heartbeats,
                    stream_limits=stream_limits or StreamLimits(),
                    pairing=self._pairing,
                )
            )
        )
        self._serving: asyncio.Task[None] | None = None
        self._loop_watch = LoopWatch()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.servers[0].sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises SettingsError when the port is taken."""
        tell_version()
        self._loop_watch.start()
        self._database.start()
        self._broker.start()
        self._feed.start()
        self._hints.start()
        self._tally.start()
        self._serving = asyncio.create_task(self._serve(), name="http server")
        try:
            while not self._server.started:
                if self._serving.done():
                    self._serving.result()
                await asyncio.sleep(0.01)
        except SettingsError:
            # In good order: what is just connecting to Kafka can't always be cancelled, and the process would not end.
            await self._feed.stop()
            await self._let_go()
            raise
        log.info("listening", host=self._settings.api_host, port=self.port)

    async def stop(self) -> None:
        """Take no new connection, end the streams, finish the requests, let go of everything; within ten seconds."""
        self._stopping.set()
        for server in self._server.servers:
            server.close()
        self._pairing.close()
        await self._feed.stop()
        await until_used(
            self._server.server_state.connections, within_s=min(DRAIN_S, self._settings.shutdown_grace_s / 5)
        )
        self._server.should_exit = True
        if self._serving is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._serving, SERVER_STOP_S + 1)
        await self._let_go()

    async def _let_go(self) -> None:
        self._loop_watch.stop()
        await asyncio.gather(
            self._hints.stop(),
            self._tally.stop(),
            self._broker.stop(),
            self._database.stop(),
            *(gateway.close() for gateway in self._gateways.values()),
        )
        if self._forwarder is not None:
            await self._forwarder.close()

    def _forward(self, broker: KafkaBroker) -> "Forwarder":
        from services.api.webhooks.forwarder import Forwarder, ForwardPolicy  # a client: 9 MB, only where it forwards

        settings = self._settings
        forwarder = Forwarder(
            ForwardPolicy(
                url=settings.webhook_forward_url or "",
                secrets={name: gateway.config.webhook_secret for name, gateway in self._gateways.items()},
                sealed_in={name: gateway.secrets for name, gateway in self._gateways.items()},
                max_age_s=settings.webhook_forward_max_age_s,
            )
        )
        subscribe(
            broker,
            GATEWAY_FORWARD,
            ForwardWebhook,
            forwarder.take,
            group=f"{settings.truesend_topic_prefix}{FORWARD_GROUP}",
            topic_prefix=settings.truesend_topic_prefix,
            dead_letters=self._dead_letters,
            session_timeout_ms=settings.kafka_session_timeout_ms,
            max_records=FORWARD_BATCH,
            longest_batch_s=settings.webhook_forward_max_age_s + FORWARD_MARGIN_S,
        )
        return forwarder

    def _config(self, context: Context) -> uvicorn.Config:
        return uvicorn.Config(
            make_application(context, self._page),
            host=self._settings.api_host,
            port=self._settings.api_port,
            lifespan="off",
            http=self._guard.protocol,
            forwarded_allow_ips=self._settings.forwarded_allow_ips,
            ws="none",
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SERVER_STOP_S,
        )

    async def _serve(self) -> None:
        try:
            await self._server.serve()
        except SystemExit:
            where = f"{self._settings.api_host}:{self._settings.api_port}"
            raise SettingsError(f"API_HOST, API_PORT: {where} cannot be listened on; is it taken?") from None
