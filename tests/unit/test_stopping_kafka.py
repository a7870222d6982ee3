"""Letting go of Kafka: what aiokafka's own tasks end with is not our end."""

import asyncio
from typing import Any

from faststream.kafka import KafkaBroker

from truesend.broker.stopping import stop_broker, stop_consuming, unless_stopped


class BrokerWhoseTasksWereCancelled(KafkaBroker):
    """As aiokafka ends now and then while Kafka is away: a CancelledError of its own escapes."""

    async def stop(self, *_error: Any) -> None:
        """Raise it."""
        raise asyncio.CancelledError


class BrokerThatHangs(KafkaBroker):
    """As aiokafka ends when nobody answers."""

    async def stop(self, *_error: Any) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


async def test_a_cancelled_task_of_the_client_does_not_cancel_whoever_stops() -> None:
    await stop_broker(BrokerWhoseTasksWereCancelled(), within_s=5)

    broker = KafkaBroker()
    subscriber = broker.subscriber("topic")
    subscriber.stop = BrokerWhoseTasksWereCancelled().stop  # type: ignore[method-assign]
    await stop_consuming(broker, within_s=5)


async def test_a_client_that_hangs_is_given_up() -> None:
    async with asyncio.timeout(5):
        await stop_broker(BrokerThatHangs(), within_s=0.05)


async def test_a_start_that_never_ends_is_given_up_when_the_service_shall_stop() -> None:
    class BrokerThatNeverStarts(KafkaBroker):
        """As when Kafka goes away while its consumer joins its group."""

        async def start(self) -> None:
            """Wait for ever; whoever shall stop is told so meanwhile."""
            stopping.set()
            await asyncio.Event().wait()

    stopping = asyncio.Event()
    async with asyncio.timeout(5):
        assert not await unless_stopped(BrokerThatNeverStarts().start(), stopping)
