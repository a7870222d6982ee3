"""Kafka is not there yet."""

import asyncio

from tests.harness.waiting import until
from truesend.broker.factory import kafka_client_options, make_broker, start_broker
from truesend.cli.local.ports import free_port
from truesend.settings import Settings


async def test_a_broker_that_is_down_at_the_start_is_waited_for_and_that_is_said(kafka_settings: Settings) -> None:
    away = kafka_settings.model_copy(update={"kafka_bootstrap_servers": f"127.0.0.1:{free_port()}"})
    broker = make_broker(away, service="test")
    said: list[str] = []
    stopping = asyncio.Event()
    starting = asyncio.create_task(start_broker(broker, kafka_client_options(away), say=said.append, stopping=stopping))

    async def said_so_twice() -> bool:
        return len(said) >= 2

    await until(said_so_twice, 10, "it says that it waits, and tries again")
    assert not starting.done()
    assert all(line.startswith("Kafka cannot be reached") for line in said)
    stopping.set()
    async with asyncio.timeout(5):
        await starting
