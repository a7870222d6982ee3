"""Letting go of Kafka, whether it answers or not.

aiokafka ends a consumer by cancelling its tasks, and while Kafka is away the CancelledError of one can escape from its
``stop()``. It would look as if whoever stops had been cancelled, and skip all that comes after.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

from faststream.kafka import KafkaBroker


async def stop_consuming(broker: KafkaBroker, *, within_s: float) -> None:
    """Take no more records. Gives up after ``within_s``; raises nothing of Kafka's."""
    await _end(_stop_subscribers(broker), within_s)


async def stop_broker(broker: KafkaBroker, *, within_s: float) -> None:
    """Close every connection. Gives up after ``within_s``; raises nothing of Kafka's."""
    await _end(broker.stop(), within_s)


async def unless_stopped(work: Coroutine[Any, Any, None], stopping: asyncio.Event) -> bool:
    """Whether the work came to its end before ``stopping`` was set. A start waits for ever where Kafka goes away in it."""
    task, end = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({task, end}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            return False
        await task
        return True
    finally:
        task.cancel()
        end.cancel()


async def _stop_subscribers(broker: KafkaBroker) -> None:
    await asyncio.gather(*(subscriber.stop() for subscriber in broker.subscribers), return_exceptions=True)


async def _end(work: Coroutine[Any, Any, None], within_s: float) -> None:
    """In a task of its own, so that a cancellation in there is none out here."""
    task = asyncio.create_task(work)
    task.add_done_callback(_take_note)
    try:
        await asyncio.wait({task}, timeout=within_s)
    finally:
        task.cancel()


def _take_note(task: asyncio.Task[None]) -> None:
    """An error that nobody asks for would be logged as one."""
    if not task.cancelled():
        task.exception()
