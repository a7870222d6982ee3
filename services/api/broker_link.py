"""Kafka as a request meets it: known to be there or known to be away, and never waited for."""

import asyncio
from collections.abc import Mapping, Sequence

import structlog
from faststream.kafka import KafkaBroker

from services.api.problems import BrokerAway
from truesend.broker.factory import knock
from truesend.broker.publisher import Publisher, PublishError, Record
from truesend.broker.refusals import KafkaRefusedError
from truesend.broker.stopping import stop_broker
from truesend.broker.subscribed_topics import missing_topics
from truesend.observability.heartbeats import Heartbeats
from truesend.runtime.loops import Loop

PROBE_S = 0.5
PROBE_TIMEOUT_S = 1.0
PUBLISH_TIMEOUT_S = 2.0
PUBLISH_EACH_S = 0.002
STOP_TIMEOUT_S = 3.0

log = structlog.get_logger(__name__)


class BrokerLink:
    """Starts the broker in the background, looks after it twice a second, and publishes while it is there."""

    def __init__(
        self,
        broker: KafkaBroker,
        publisher: Publisher,
        *,
        client_options: Mapping[str, object],
        heartbeats: Heartbeats,
    ) -> None:
        self._broker = broker
        self._publisher = publisher
        self._client_options = client_options
        self._started = False
        self._is_starting = False
        self._away = asyncio.Event()
        self._away.set()
        self._loop = Loop("broker", self._look, heartbeats)

    def start(self) -> None:
        """Begin to connect."""
        self._loop.start()

    async def stop(self) -> None:
        """Let go of Kafka, within a few seconds whether it answers or not."""
        await self._loop.stop(within_s=1)
        await stop_broker(self._broker, within_s=STOP_TIMEOUT_S)

    async def problem(self) -> str | None:
        """None while Kafka answers and has our topics."""
        if not self._is_starting:
            return "Kafka cannot be reached" if self._away.is_set() else None
        return await missing_topics(self._broker) or "Kafka cannot be reached"

    async def publish(self, records: Sequence[Record]) -> None:
        """Publish all. Raises BrokerAway at once while Kafka is known to be away, and soon when it goes away now.

        Of several records some may have got through then: commands are safe to repeat.
        """
        if not records:
            return
        if self._away.is_set():
            raise BrokerAway
        timeout_s = PUBLISH_TIMEOUT_S + PUBLISH_EACH_S * len(records)
        publishing = asyncio.create_task(self._publisher.publish(records, timeout_s=timeout_s))
        going_away = asyncio.create_task(self._away.wait())
        try:
            await asyncio.wait({publishing, going_away}, return_when=asyncio.FIRST_COMPLETED)
            if not publishing.done():
                raise BrokerAway
            publishing.result()
        except PublishError as error:
            self._now(away=True)
            raise BrokerAway from error
        finally:
            publishing.cancel()
            going_away.cancel()

    async def _look(self) -> float:
        try:
            if not self._started:
                await self._start()
            self._now(away=not await self._broker.ping(PROBE_TIMEOUT_S))
        except BaseException:
            self._now(away=True)
            raise
        return PROBE_S

    async def _start(self) -> None:
        try:
            await knock(self._client_options)
        except KafkaRefusedError as refused:
            log.warning("Kafka refuses us", why=str(refused))
            raise
        self._is_starting = True
        try:
            await self._broker.start()
        except BaseException:
            await stop_broker(self._broker, within_s=STOP_TIMEOUT_S)
            raise
        finally:
            self._is_starting = False
        self._started = True

    def _now(self, *, away: bool) -> None:
        if away == self._away.is_set():
            return
        if away:
            self._away.set()
            log.warning("Kafka is away")
        else:
            self._away.clear()
            log.info("Kafka is there")
