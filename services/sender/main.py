"""The sender, wired: settings → pool → gateways → broker → loops."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import asyncpg
import structlog
from faststream.kafka import KafkaBroker

from services.sender.attempt import FinishedAttempt
from services.sender.consumer import SendConsumer
from services.sender.dead_letter_table import DeadLetterTable
from services.sender.decide import HoldPolicy, Policy
from services.sender.dispatcher import Dispatcher
from services.sender.evidence import Evidence
from services.sender.fence import StartFence
from services.sender.finaliser import Finaliser
from services.sender.judge import LookupPolicy
from services.sender.pruner import Pruner
from services.sender.pulse import WATCHED_REST_S, Pulse
from services.sender.reaper import Reaper
from services.sender.reconciler import LEASE_S as LOOKUP_LEASE_S
from services.sender.reconciler import Reconciler
from services.sender.resender import Resender, ResendPolicy
from services.sender.settler import Settler
from services.sender.tempo import Tempo
from truesend.broker.consumer import ContractT, Handler, subscribe
from truesend.broker.dead_letters import DeadLetters
from truesend.broker.factory import make_broker
from truesend.broker.publisher import Publisher
from truesend.broker.stopping import stop_broker
from truesend.contracts.events import DispatchMessage, GatewayEvent
from truesend.contracts.topics import GATEWAY_EVENTS, MESSAGE_DISPATCH, Topic
from truesend.gateways.protocol import Gateway
from truesend.observability.heartbeats import Heartbeats
from truesend.observability.outside_failures import OUTSIDE_FAILURES
from truesend.runtime.loops import Loop
from truesend.runtime.relay import Relay
from truesend.runtime.worker import run_worker
from truesend.settings import Settings
from truesend.store.wakeups import DISPATCH_CHANNEL, RELAY_CHANNEL, Wakeups

GROUP = "truesend-sender"
EVIDENCE_GROUP = "truesend-sender-evidence"
SHORTEST_DRAIN_S = 0.5
LEASE_MARGIN_S = 10.0

log = structlog.get_logger(__name__)


class Sender:
    """All of one sender process."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, gateways: Mapping[str, Gateway]) -> None:
        self._settings = settings
        self.pool = pool
        self.heartbeats = Heartbeats()
        self.broker: KafkaBroker = make_broker(settings, service="sender")
        self.dead_letters = DeadLetters(
            self.broker,
            topic_prefix=settings.truesend_topic_prefix,
            per_minute=settings.dead_letters_per_minute,
        )
        self._publisher = Publisher(self.broker, topic_prefix=settings.truesend_topic_prefix, source="/truesend/sender")
        self._configs = [gateway.config for gateway in gateways.values()]
        self._gateways = gateways
        self._policy = Policy(
            max_attempts=settings.max_attempts,
            backoff_base_s=settings.backoff_base_s,
            backoff_max_s=settings.backoff_max_s,
        )
        if settings.lease_s <= self._longest_send_s():
            log.warning("LEASE_S should exceed SEND_TIMEOUT_S: a slow POST outlives its lease, and becomes a doubt")
        self._build()

    def _build(self) -> None:
        settings = self._settings
        self._relay = Relay(
            self.pool, self._publisher, retention_s=settings.event_retention_s, stand_by_s=WATCHED_REST_S
        )
        tempo = Tempo()
        self._dispatcher = Dispatcher(self.pool, self._publisher, self._configs, settings, tempo=tempo)
        dead_letter_table = DeadLetterTable(settings.dead_letter_table)
        reaper = Reaper(self.pool, settings, dead_letters=dead_letter_table)
        hold = HoldPolicy(settings.backoff_base_s, max(settings.backoff_base_s, 60.0))
        self._evidence = Evidence(
            self.pool,
            self._gateways,
            self._publisher,
            policy=self._policy,
            settler=Settler(policy=self._policy, hold=hold, dead_letters=dead_letter_table),
            retention_s=settings.event_retention_s,
            written=self._written,
        )
        self._resender = self._build_resender()
        reconciler = Reconciler(
            self.pool,
            self._gateways,
            self._evidence,
            policy=self._policy,
            lookup_policy=LookupPolicy(settings.lookup_absence, settings.lookup_settle_s),
            resender=self._resender,
            lease_s=max(LOOKUP_LEASE_S, LEASE_MARGIN_S + self._longest_send_s()),
            dead_letters=dead_letter_table,
        )
        self._dispatch = Loop("dispatcher", self._dispatcher.one_pass, self.heartbeats)
        self._relaying = Loop("relay", self._relay.one_pass, self.heartbeats)
        self._finaliser = Finaliser(
            self.pool,
            self._publisher,
            self._evidence,
            policy=self._policy,
            hold=hold,
            settled=self._settled,
            pours=tempo.pours,
            dead_letters=dead_letter_table,
        )
        self.consumer = SendConsumer(
            self.pool,
            self._gateways,
            StartFence(self.pool, self._gateways, lease_s=settings.lease_s),
            finished=self._finaliser.add,
            tempo=tempo,
        )
        self._sending = Loop("consumer", self.consumer.one_pass, self.heartbeats)
        self._finalising = Loop("finaliser", self._finaliser.one_pass, self.heartbeats)
        self.consumer.wake = self._sending.wake
        self._finaliser.wake = self._finalising.wake
        weighing = Loop("evidence", self._evidence.one_pass, self.heartbeats)
        self._evidence.wake = weighing.wake
        pruner = Pruner(
            self.pool,
            text_retention_s=settings.message_text_retention_s,
            attempt_retention_s=settings.attempt_retention_s,
        )
        leases = Loop("reaper", reaper.reap_leases, self.heartbeats)
        the_rest = Loop("slow reaper", reaper.reap_the_rest, self.heartbeats)
        lookups = Loop("reconciler", reconciler.one_pass, self.heartbeats)
        pulse = Pulse(
            self.pool,
            settings,
            {
                "dispatch": self._hinted,
                "facts": self._relaying.wake,
                "leases": leases.wake,
                "lookups": lookups.wake,
                "evidence": weighing.wake,
                "rest": the_rest.wake,
            },
        )
        self._background = [
            weighing,
            leases,
            the_rest,
            lookups,
            Loop("pulse", pulse.one_pass, self.heartbeats),
            Loop("pruner", self._relay.prune, Heartbeats()),
            Loop("evidence pruner", self._evidence.prune, Heartbeats()),
            Loop("text pruner", pruner.prune_texts, Heartbeats()),
            Loop("attempt pruner", pruner.prune_attempts, Heartbeats()),
            *self._keeper_of(dead_letter_table),
        ]
        self._wakeups = Wakeups(
            settings.session_url,
            {DISPATCH_CHANNEL: self._hinted, RELAY_CHANNEL: self._relaying.wake},
        )
        self._subscribe(MESSAGE_DISPATCH, DispatchMessage, self.consumer.take, GROUP)
        self._subscribe(GATEWAY_EVENTS, GatewayEvent, self._evidence.take, EVIDENCE_GROUP)

    def _keeper_of(self, table: DeadLetterTable) -> list[Loop]:
        async def settle() -> float:
            return await table.settle(self.pool)

        return [Loop("dead letter table", settle, Heartbeats())] if table.is_wanted else []

    def _longest_send_s(self) -> float:
        return max((config.connect_timeout_s + config.send_timeout_s for config in self._configs), default=0.0)

    def _build_resender(self) -> Resender:
        policy = ResendPolicy(
            most=self._policy.max_attempts - 1,
            message_max_age_s=self._settings.message_max_age_s,
            restriction_hold_s=self._policy.restriction_hold_s,
        )
        return Resender(self.pool, self._gateways, self._evidence, policy=policy)

    def _subscribe(self, topic: Topic, model: type[ContractT], handler: Handler[ContractT], group: str) -> None:
        prefix = self._settings.truesend_topic_prefix
        subscribe(
            self.broker,
            topic,
            model,
            handler,
            group=f"{prefix}{group}",
            topic_prefix=prefix,
            dead_letters=self.dead_letters,
            session_timeout_ms=self._settings.kafka_session_timeout_ms,
        )

    def _hinted(self) -> None:
        self._dispatcher.hint()
        self._dispatch.wake()

    def _settled(self, written: Sequence[FinishedAttempt]) -> None:
        self.consumer.settled(written)
        if any(self.consumer.runs_low(gateway) for gateway in {finished.attempt.gateway for finished in written}):
            self._dispatch.wake()
        self._relay.hint()
        self._relaying.wake()

    def _written(self) -> None:
        self._dispatch.wake()
        self._relay.hint()
        self._relaying.wake()

    @property
    def loops(self) -> Sequence[Loop]:
        """Every loop, in the order of their start."""
        return [self._finalising, self._sending, *self._background, self._relaying, self._dispatch]

    def start(self) -> None:
        """Start the loops. The broker has started."""
        for loop in self.loops:
            loop.start()
        self._wakeups.start()

    async def stop(self) -> None:
        """Take nothing new; let sends end and be written; give back the rest. What is cut off is looked up later."""
        grace_s = self._settings.shutdown_grace_s
        await self._wakeups.stop()
        await self._dispatch.stop(within_s=2)
        with contextlib.suppress(*OUTSIDE_FAILURES):
            async with asyncio.timeout(1):
                await self._dispatcher.settle()
        await self._sending.stop(within_s=1)
        with contextlib.suppress(Exception):
            await self.consumer.drain(within_s=max(SHORTEST_DRAIN_S, grace_s - 5))
        with contextlib.suppress(*OUTSIDE_FAILURES):
            async with asyncio.timeout(1):
                await self._dispatcher.release()
        await self._finalising.stop(within_s=2)
        with contextlib.suppress(*OUTSIDE_FAILURES):
            async with asyncio.timeout(2):
                while not self._finaliser.is_idle:
                    await self._finaliser.one_pass()
        for loop in [*self._background, self._relaying]:
            await loop.stop(within_s=0.5)
        await self._resender.close()
        with contextlib.suppress(Exception):
            await asyncio.wait_for(self._relay.resign(), 1)
        await stop_broker(self.broker, within_s=2)
        for gateway in self._gateways.values():
            await gateway.close()


def run() -> None:
    """The process. Raises SettingsError or GatewayConfigError before anything is opened."""
    run_worker(service="sender", build=Sender)
