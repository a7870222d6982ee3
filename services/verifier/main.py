"""The verifier, wired: settings → pool → gateways → broker → loops."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import asyncpg
from faststream.kafka import KafkaBroker

from services.verifier.alerts.alerting import Alerting
from services.verifier.check import Told
from services.verifier.claims import Claims
from services.verifier.fan_out import FanOut
from services.verifier.hearing import Listening
from services.verifier.notices import Notices
from services.verifier.reconcile import ReconcilePolicy
from services.verifier.requests import Doubts
from services.verifier.silence import SilencePolicy
from services.verifier.standing import Standing
from services.verifier.sweep import Sweep
from services.verifier.webhooks import StatusWebhooks
from services.verifier.write import WritePolicy, Writer, Written
from truesend.broker.consumer import ContractT, Handler, Received, subscribe
from truesend.broker.consumer_lag import ConsumerLag
from truesend.broker.dead_letters import DeadLetters
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.broker.stopping import stop_broker, stop_consuming
from truesend.contracts.events import GatewayEvent, VerifyReason, VerifySession
from truesend.contracts.topics import GATEWAY_EVENTS, SESSION_VERIFY, Topic
from truesend.gateways.protocol import Gateway
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop
from truesend.runtime.relay import Relay
from truesend.runtime.worker import run_worker
from truesend.settings import Settings
from truesend.store.wakeups import RELAY_CHANNEL, Wakeups

GROUP = "truesend-verifier"
WEBHOOK_GROUP = "truesend-verifier-webhooks"
LEASE_MARGIN_S = 3.0
LONGEST_REST_S = 5.0
BUSY_ABOVE = 500


class Verifier:
    """All of one verifier process."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, gateways: Mapping[str, Gateway]) -> None:
        self._settings = settings
        self._pool = pool
        self.heartbeats = Heartbeats()
        self.broker: KafkaBroker = make_broker(settings, service="verifier")
        self.dead_letters = DeadLetters(
            self.broker,
            topic_prefix=settings.truesend_topic_prefix,
            per_minute=settings.dead_letters_per_minute,
        )
        self._publisher = Publisher(
            self.broker, topic_prefix=settings.truesend_topic_prefix, source="/truesend/verifier"
        )
        self._gateways = gateways
        configs = [gateway.config for gateway in gateways.values()]
        longest_s = max((config.connect_timeout_s + config.status_timeout_s for config in configs), default=0.0)
        self._lease_s = longest_s + LEASE_MARGIN_S
        # an answer that is fresh for longer than the sweep waits would keep the sweep from looking
        self._soonest_s = min(settings.verify_sweep_s, settings.connecting_max_s / 2)
        freshness_s = min(settings.verify_freshness_s, self._soonest_s)
        self._claims = Claims(pool, lease_s=self._lease_s, freshness_s=freshness_s)
        self._notices = Notices(self._publisher)
        self._writer = Writer(pool, self._write_policy(), self._written)
        self._fan_out = FanOut(self._gateways, self._writer.add)
        self._webhooks = StatusWebhooks(pool, self._writer, freshness_s=freshness_s)
        self._doubts = Doubts(self._publisher)
        self._alerting = Alerting(settings, pool, self.heartbeats)
        self._build_loops()
        self._subscribe(SESSION_VERIFY, VerifySession, self.take, GROUP)
        self._subscribe(GATEWAY_EVENTS, GatewayEvent, self._webhooks.take, WEBHOOK_GROUP)

    def _subscribe(self, topic: Topic, model: type[ContractT], handler: Handler[ContractT], group: str) -> None:
        settings = self._settings
        subscribe(
            self.broker,
            topic,
            model,
            handler,
            group=f"{settings.truesend_topic_prefix}{group}",
            topic_prefix=settings.truesend_topic_prefix,
            dead_letters=self.dead_letters,
            session_timeout_ms=settings.kafka_session_timeout_ms,
        )

    def _write_policy(self) -> WritePolicy:
        settings = self._settings
        return WritePolicy(ReconcilePolicy(settings.connecting_max_s), settings.verify_sweep_s, self._lease_s)

    def _build_loops(self) -> None:
        settings, beats = self._settings, self.heartbeats
        sweep = Sweep(
            self._pool,
            self._publisher,
            sweep_s=settings.verify_sweep_s,
            look_every_s=min(self._soonest_s / 4, LONGEST_REST_S),
            busy_gateways=lambda: self._fan_out.busy_gateways(more_than=BUSY_ABOVE),
        )
        silence = SilencePolicy(settings.ack_silence_s, settings.ack_silence_hold)
        listening = Listening(self._pool, silence, self._doubts, self._gateways)
        standing = Standing(self._pool, gateways=self._gateways.keys(), organizations=settings.organizations)
        self._lag = ConsumerLag(settings, forwards=settings.webhook_forward_url is not None)
        self._relay = Relay(self._pool, self._publisher, retention_s=settings.event_retention_s)
        self._writing = Loop("writer", self._writer.one_pass, beats)
        self._writer.wake = self._writing.wake
        self._relaying = Loop("relay", self._relay.one_pass, beats)
        self._sweeping = [
            Loop("sweep", sweep.ask_for_due, beats),
            Loop("enrolment", sweep.enrol, beats),
            *self._alerting.loops,
            Loop("standing", standing.one_pass, beats),
            Loop("consumer lag", self._lag.one_pass, beats),
            # rests longer than liveness allows for
            Loop("silence", listening.one_pass, Heartbeats()),
            Loop("late messages", sweep.move_late_messages, Heartbeats()),
            Loop("pruner", self._relay.prune, Heartbeats()),
        ]
        self._leases = Loop("check leases", self._renew_leases, beats)
        self._wakeups = Wakeups(settings.session_url, {RELAY_CHANNEL: self._relaying.wake})

    @property
    def loops(self) -> Sequence[Loop]:
        """Every loop, in the order of their start."""
        return [self._writing, self._leases, self._relaying, *self._sweeping]

    async def take(self, requests: Sequence[Received[VerifySession]]) -> None:
        """Begin the checks that a batch of requests wants; returns before any gateway has answered."""
        checks = await self._claims.begin(requests)
        for check in checks:
            self._fan_out.begin(check)
        self._notices.verifying(checks)

    def start(self) -> None:
        """Start the loops. The broker may still be on its way."""
        for loop in self.loops:
            loop.start()
        self._wakeups.start()

    async def stop(self) -> None:
        """Take nothing new, let calls come back and be written, give back what is left; within the grace time."""
        grace_s = self._settings.shutdown_grace_s
        await self._wakeups.stop()
        await asyncio.gather(*(loop.stop(within_s=0.5) for loop in self._sweeping))
        await self._alerting.close()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._lag.close(), 1)
        await stop_consuming(self.broker, within_s=grace_s / 5)
        await self._fan_out.drain(within_s=grace_s / 2)
        unanswered = await self._fan_out.abandon()
        await self._write_the_rest(within_s=grace_s / 5)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._claims.release([*unanswered, *self._fan_out.in_hand()]), 1)
        for loop in (self._leases, self._relaying):
            await loop.stop(within_s=0.5)
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._relay.resign(), 1)
        await self._notices.close(within_s=0.5)
        await self._doubts.close(within_s=0.5)
        await stop_broker(self.broker, within_s=2)
        for gateway in self._gateways.values():
            await gateway.close()

    async def _write_the_rest(self, *, within_s: float) -> None:
        await self._writing.stop(within_s=within_s / 2)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(within_s / 2):
                while not self._writer.is_idle:
                    await self._writer.one_pass()

    def _written(self, written: Written) -> None:
        for check in written.again:
            self._fan_out.begin(check)
        self._notices.verifying(written.again)
        self._notices.verified(written.unchanged)
        for sighting, row in written.unchanged:
            if isinstance(sighting, Told):
                self._webhooks.unchanged(sighting, row)
        doubted = [(told.session_id, told.row.organization_id) for told in written.doubted]
        self._doubts.ask(doubted, VerifyReason.WEBHOOK)
        if written.has_drops:
            self._alerting.look()
        self._relaying.wake()

    async def _renew_leases(self) -> float:
        checks = self._fan_out.in_hand()
        if checks:
            await self._claims.renew(checks)
        return self._lease_s / 4


def run() -> None:
    """The process. Raises SettingsError or GatewayConfigError before anything is opened."""
    run_worker(service="verifier", build=Verifier)
