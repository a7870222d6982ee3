"""The local stack's servers survive what happens on people's machines, and say in one line what they can't survive."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.harness.postgres import postgres_binaries
from tests.harness.waiting import wait_until
from truesend.broker.topics import create_topics
from truesend.cli.doctor.broker import check_broker
from truesend.cli.doctor.finding import State
from truesend.cli.local.broker import EmbeddedBroker
from truesend.cli.local.data_folder import DataFolder
from truesend.cli.local.errors import LocalStackError
from truesend.cli.local.ports import LOOPBACK, claim_port, free_port
from truesend.cli.local.postgres import EmbeddedPostgres, PostgresServer
from truesend.cli.local.processes import Child
from truesend.cli.up.environment import kafka_settings

_PARENT = """
import sys, time
from pathlib import Path
from truesend.cli.local.broker import EmbeddedBroker
from truesend.cli.local.data_folder import DataFolder
from truesend.cli.local.postgres import EmbeddedPostgres

folder = DataFolder(Path(sys.argv[1])).acquire()
EmbeddedPostgres(folder.postgres, log_file=folder.logs / "postgres.log", port=int(sys.argv[2])).start()
EmbeddedBroker(folder.broker, log_file=folder.logs / "broker.log", port=int(sys.argv[3])).start()
print("started", flush=True)
time.sleep(600)
"""


@pytest.fixture
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="truesend-local-") as folder:
        yield Path(folder)


async def test_after_a_kill_of_the_parent_no_child_is_left_and_the_next_start_on_the_same_ports_works(
    path: Path,
) -> None:
    postgres_port, broker_port = free_port(), free_port()
    children = _start_and_kill_a_parent(path, postgres_port, broker_port)

    wait_until(lambda: not any(_lives(child) for child in children), 10, "the children are gone")

    with DataFolder(path) as folder:
        postgres = EmbeddedPostgres(folder.postgres, log_file=folder.logs / "postgres.log", port=postgres_port)
        broker = EmbeddedBroker(folder.broker, log_file=folder.logs / "broker.log", port=broker_port)
        try:
            connection = await asyncpg.connect(postgres.start())
            assert await connection.fetchval("SELECT current_database()") == "truesend"
            await connection.close()
            assert broker.start() == f"{LOOPBACK}:{broker_port}"
        finally:
            postgres.stop()
            broker.stop()


async def test_an_orphaned_postgres_of_the_same_folder_is_stopped_and_its_rows_are_kept(path: Path) -> None:
    port = free_port()
    orphan = EmbeddedPostgres(path / "postgres", log_file=path / "postgres.log", port=port)
    connection = await asyncpg.connect(orphan.start())
    await connection.execute("CREATE TABLE kept AS SELECT 7 AS value")

    heir = EmbeddedPostgres(path / "postgres", log_file=path / "postgres.log", port=port)
    try:
        heir_connection = await asyncpg.connect(heir.start())
        assert await heir_connection.fetchval("SELECT value FROM kept") == 7
        await heir_connection.close()
    finally:
        heir.stop()
        orphan.stop()
        connection.terminate()


async def test_a_process_id_file_that_names_a_stranger_does_not_block_the_start(path: Path) -> None:
    postgres = EmbeddedPostgres(path / "postgres", log_file=path / "postgres.log")
    postgres.start()
    postgres.stop()
    stale = path / "postgres" / "data" / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n1\n{postgres.port}\n\n\n  0  0\nready\n")

    try:
        connection = await asyncpg.connect(postgres.start())
        await connection.close()
    finally:
        postgres.stop()


def test_an_orphaned_broker_is_ended_and_gives_its_port_back(path: Path) -> None:
    port = free_port()
    orphan = EmbeddedBroker(path, log_file=path / "broker.log", port=port)
    orphan.start()

    heir = EmbeddedBroker(path, log_file=path / "broker.log", port=port)
    heir.start()

    heir.stop()
    orphan.stop()


async def test_the_embedded_broker_delivers_to_a_group_what_it_has_not_committed(path: Path) -> None:
    broker = EmbeddedBroker(path, log_file=path / "broker.log")
    address = broker.start()
    try:
        admin = AIOKafkaAdminClient(bootstrap_servers=address)
        await admin.start()
        await admin.create_topics([NewTopic("topic", num_partitions=1, replication_factor=1)])
        await admin.close()
        async with AIOKafkaProducer(bootstrap_servers=address) as producer:
            for value in (b"one", b"two"):
                await producer.send_and_wait("topic", value, partition=0)
        received = [await _next_of_group(address) for _ in range(2)]
    finally:
        broker.stop()

    assert received == [b"one", b"two"]


def test_data_of_another_major_version_is_refused_in_one_line(path: Path) -> None:
    oldest, newest = min(postgres_binaries()), max(postgres_binaries())
    if oldest == newest:
        pytest.skip("needs the programs of two major versions of Postgres")
    first = PostgresServer(path / "pg", binaries=postgres_binaries()[oldest], log_file=path / "log", durable=False)
    first.start()
    first.stop()

    second = PostgresServer(path / "pg", binaries=postgres_binaries()[newest], log_file=path / "log", durable=False)
    with pytest.raises(LocalStackError, match=rf"^.*made by Postgres {oldest}, this is Postgres {newest}.*$"):
        second.start()


def test_a_taken_port_is_refused_in_one_line() -> None:
    with closing(socket.create_server((LOOPBACK, 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalStackError, match=rf"^Port {port} .*choose another port\.$"):
            claim_port(port, purpose="database")


def test_a_second_copy_on_the_same_data_folder_is_refused_and_told_who_holds_it(path: Path) -> None:
    with (
        DataFolder(path),
        pytest.raises(LocalStackError, match=rf"^Another truesend \(process {os.getpid()}\).*--data-dir\.$"),
    ):
        DataFolder(path).acquire()

    DataFolder(path).acquire().release()


async def test_the_doctor_takes_the_embedded_broker_for_a_kafka_that_answers(path: Path) -> None:
    broker = EmbeddedBroker(path, log_file=path / "broker.log")
    settings = kafka_settings(broker.start())
    try:
        await create_topics(settings)
        findings = await check_broker(settings)
    finally:
        broker.stop()

    assert {finding.check for finding in findings} >= {"kafka", "topics", "consumer truesend-sender"}
    assert [finding for finding in findings if finding.state is State.ILL] == []


def test_a_data_folder_that_cannot_be_written_is_refused_in_one_line(path: Path) -> None:
    (path / "file").touch()

    with pytest.raises(LocalStackError, match=r"^The data folder .* can't be written .*--data-dir\.$"):
        DataFolder(path / "file" / "data").acquire()


def test_a_child_that_ignores_the_request_to_end_is_killed_after_the_grace_time(path: Path) -> None:
    script = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    child = Child("deaf one", [sys.executable, "-c", script], log_file=path / "log")
    child.start()
    child.wait_until(lambda: "deaf" in child.log_tail(), within_s=10)

    child.stop(grace_s=0.2)

    assert child.exit_code == -signal.SIGKILL


def test_a_child_that_ends_at_its_start_is_reported_with_its_last_words(path: Path) -> None:
    child = Child("hasty one", [sys.executable, "-c", "raise SystemExit('no such luck')"], log_file=path / "log")
    child.start()

    with pytest.raises(LocalStackError, match=r"^The hasty one ended at its start \(exit code 1\)\..*no such luck$"):
        child.wait_until(lambda: False, within_s=10)


def _start_and_kill_a_parent(path: Path, postgres_port: int, broker_port: int) -> list[psutil.Process]:
    command = [sys.executable, "-c", _PARENT, str(path), str(postgres_port), str(broker_port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    assert len(children) > 2
    return children


async def _next_of_group(address: str) -> bytes:
    consumer = AIOKafkaConsumer(
        "topic",
        bootstrap_servers=address,
        group_id="group",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        # This broker lets a group wait for half a session before it hands out partitions.
        session_timeout_ms=2000,
        heartbeat_interval_ms=500,
    )
    async with consumer:
        record = await consumer.getone()
        await consumer.commit()
    return bytes(record.value)


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
