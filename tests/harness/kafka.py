"""The broker under test: the first of a given one, Docker's, Apache Kafka by local Java, and the embedded one."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from tests.harness.ci import real_kafka_is_required
from tests.harness.docker import docker_answers
from tests.harness.folders import server_folder
from tests.harness.kafka_files import KAFKA_VERSION, java, kafka_jars
from tests.harness.ports import lasting_port
from truesend.cli.local.broker import EmbeddedBroker, answers_metadata
from truesend.cli.local.ports import LOOPBACK, free_port
from truesend.cli.local.processes import Child

KafkaKind = Literal["given", "docker", "maven", "embedded"]

_START_WITHIN_S = 90
SASL_USER = "truesend-tests"
SASL_PASSWORD = "canary-kafka-password-57721"
_SASL_SETTINGS = {
    "sasl.enabled.mechanisms": "PLAIN",
    "listener.name.sasl_plaintext.plain.sasl.jaas.config": (
        f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{SASL_USER}="{SASL_PASSWORD}";'
    ),
}

NODE_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "log.retention.hours": "1",
    "log.segment.bytes": "16777216",
    # Every partition reserves two index files of this size, every test makes topics of its own.
    "log.index.size.max.bytes": "65536",
    "log.cleaner.dedupe.buffer.size": "2097152",
    # A node that was killed may register again only when its former self has timed out: by default, after 9 s.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "num.network.threads": "2",
    "num.io.threads": "2",
    "background.threads": "2",
}
JAVA_OPTIONS = [
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
]


class KafkaServer(Protocol):
    """A broker of our own, to stop and start at will; only the embedded one forgets its records then."""

    @property
    def kind(self) -> KafkaKind: ...

    @property
    def bootstrap_servers(self) -> str: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...

    def restart(self) -> None: ...

    def close(self) -> None: ...


class MavenKafka:
    """Apache Kafka as a child process: one combined KRaft node on the loopback address, in a temporary folder."""

    kind: KafkaKind = "maven"

    def __init__(self, jars: Path, java: Path, *, proxy_ports: Sequence[int] = ()) -> None:
        """Each of ``proxy_ports`` gets a listener of its own in ``door_ports``, which sends its clients on to that proxy."""
        self._proxy_ports = proxy_ports
        self.door_ports = [lasting_port() for _ in proxy_ports]
        self._folder = server_folder("kafka")
        self._port, self._controller_port, self._sasl_port = (lasting_port() for _ in range(3))
        self._child = Child(
            f"Apache Kafka {KAFKA_VERSION}",
            [str(java), *JAVA_OPTIONS, "-cp", f"{jars}/*", "kafka.Kafka", str(self._write_settings())],
            log_file=self._folder / "kafka.log",
            working_folder=self._folder,
        )
        self._format()

    @property
    def bootstrap_servers(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    @property
    def sasl_bootstrap_servers(self) -> str:
        """The same node, for those who say `SASL_USER` and `SASL_PASSWORD`."""
        return f"{LOOPBACK}:{self._sasl_port}"

    def start(self) -> None:
        self._child.start()
        self._child.wait_until(lambda: answers_metadata(LOOPBACK, self._port), within_s=_START_WITHIN_S)

    def is_running(self) -> bool:
        """Say whether it has been started and has not ended."""
        return self._child.is_running()

    def stop(self) -> None:
        self._child.stop(grace_s=20)

    def kill(self) -> None:
        self._child.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write_settings(self) -> Path:
        clients = [f"PLAINTEXT://{self.bootstrap_servers}", f"SASL_PLAINTEXT://{self.sasl_bootstrap_servers}"]
        listeners = [*clients, *_doors(self.door_ports), f"CONTROLLER://{LOOPBACK}:{self._controller_port}"]
        protocols = [f"DOOR{number}:PLAINTEXT" for number in range(len(self._proxy_ports))]
        settings = (
            NODE_SETTINGS
            | _SASL_SETTINGS
            | {
                "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller_port}",
                "listeners": ",".join(listeners),
                "advertised.listeners": ",".join([*clients, *_doors(self._proxy_ports)]),
                "listener.security.protocol.map": ",".join(
                    [NODE_SETTINGS["listener.security.protocol.map"], *protocols]
                ),
                "log.dirs": str(self._folder / "data"),
            }
            | {f"listener.name.door{n}.num.network.threads": "1" for n in range(len(self._proxy_ports))}
        )
        file = self._folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return file

    def _format(self) -> None:
        # What Kafka's StorageTool writes for a static quorum; running the tool costs another start of Java.
        data = self._folder / "data"
        data.mkdir()
        (data / "meta.properties").write_text("version=1\ncluster.id=dHJ1ZXNlbmQtdGVzdHMtMQ\nnode.id=1\n")


def _doors(ports: Sequence[int]) -> list[str]:
    return [f"DOOR{number}://{LOOPBACK}:{port}" for number, port in enumerate(ports)]


class DockerKafka:
    """Apache Kafka's own image, on a port of this machine that stays the same over restarts."""

    kind: KafkaKind = "docker"

    def __init__(self) -> None:
        from testcontainers.core.container import DockerContainer

        self._port = free_port()
        self._container: Any = DockerContainer(f"apache/kafka:{KAFKA_VERSION}").with_bind_ports(9092, self._port)
        self._host: str = self._container.get_docker_client().host() or LOOPBACK
        self._container.with_envs(**self._environment())
        self._created = False

    @property
    def bootstrap_servers(self) -> str:
        return f"{self._host}:{self._port}"

    def start(self) -> None:
        from tests.harness.waiting import wait_until

        if self._created:
            self._container.get_wrapped_container().start()
        else:
            self._created = True
            self._container.start()
        wait_until(lambda: answers_metadata(self._host, self._port), _START_WITHIN_S, "Kafka in Docker answers")

    def stop(self) -> None:
        self._container.get_wrapped_container().stop(timeout=20)

    def kill(self) -> None:
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        if self._created:
            self._container.stop()

    def _environment(self) -> dict[str, str]:
        settings = NODE_SETTINGS | {
            "controller.quorum.voters": "1@localhost:9093",
            "listeners": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://localhost:9093",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap_servers}",
        }
        variables = {f"KAFKA_{name.upper().replace('.', '_')}": value for name, value in settings.items()}
        return variables | {"KAFKA_HEAP_OPTS": "-Xmx384m"}


class EmbeddedKafka:
    """The local stack's own broker. It forgets everything when it stops."""

    kind: KafkaKind = "embedded"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="truesend-broker-"))
        self._broker = EmbeddedBroker(self._folder, log_file=self._folder / "broker.log")

    @property
    def bootstrap_servers(self) -> str:
        return self._broker.bootstrap_servers

    def start(self) -> None:
        self._broker.start()

    def stop(self) -> None:
        self._broker.stop()

    def kill(self) -> None:
        self._broker.stop(grace_s=0)

    def restart(self) -> None:
        self.stop()
        self.start()

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def given_bootstrap_servers() -> str | None:
    """Return the broker that the caller of pytest wants used, if any."""
    return os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or None


def apache_kafka() -> KafkaServer | None:
    """Return a separate Apache Kafka, not started; None where this machine has neither Docker nor Maven and Java."""
    if docker_answers():
        return DockerKafka()
    jars, java_program = kafka_jars(), java()
    return MavenKafka(jars, java_program) if jars and java_program else None


def kafka_behind(proxy_ports: Sequence[int]) -> MavenKafka | None:
    """Return a separate Apache Kafka, not started, which clients reach through proxies; None without Maven and Java."""
    jars, java_program = kafka_jars(), java()
    return MavenKafka(jars, java_program, proxy_ports=proxy_ports) if jars and java_program else None


def kafka_of_our_own() -> KafkaServer:
    """Return a broker, not started: Apache Kafka where it can be had, else the embedded one.

    Raises RuntimeError where the run demands Apache Kafka and this machine has none.
    """
    kafka = apache_kafka()
    if kafka is None and real_kafka_is_required():
        raise RuntimeError(
            "This run demands Apache Kafka (CI or TRUESEND_REQUIRE_KAFKA is set), and none was found: give "
            "KAFKA_BOOTSTRAP_SERVERS, or a machine with Docker, or with Maven and Java 17."
        )
    return kafka or EmbeddedKafka()
