"""A connection that Kafka closes at the wrong moment is opened again, and ends no consumer."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest
from pydantic import SecretStr

from tests.harness.shared import SharedKafka
from truesend.broker.factory import make_broker
from truesend.settings import Settings


def test_writing_to_a_connection_that_was_just_closed_is_a_lost_connection_on_uvloop(kafka: SharedKafka) -> None:
    host, port = kafka.bootstrap_servers.split(",")[0].rsplit(":", 1)
    settings = Settings(
        database_url=SecretStr("postgres://nobody@127.0.0.1:9/none"),
        kafka_bootstrap_servers=f"{host}:{port}",
        gateway_url="http://127.0.0.1:9",
    )

    async def write_after_the_close() -> None:
        make_broker(settings, service="test")
        connection = await create_conn(host, int(port))
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # the transport is closed now, and whoever reads from it does not know yet
        with pytest.raises(KafkaConnectionError):
            await connection.send(MetadataRequest([]))
        assert not connection.connected()

    uvloop.run(write_after_the_close())
