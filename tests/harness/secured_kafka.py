"""Apache Kafka as operators have it: a listener for each way to prove who one is, certificates, and an authorizer."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.harness.folders import server_folder
from tests.harness.kafka import JAVA_OPTIONS, NODE_SETTINGS
from tests.harness.kafka_files import KAFKA_VERSION, java, kafka_jars
from tests.harness.ports import lasting_port
from truesend.cli.local.broker import answers_metadata
from truesend.cli.local.ports import LOOPBACK
from truesend.cli.local.processes import Child

SCRAM_USER = "scram-user"
SCRAM_PASSWORD = "canary-scram-password-88121"
KEY_PASSWORD = "canary-key-password-88122"
CERTIFICATE_USER = "certificate-user"
TOKEN_USER = "token-user"
TOKEN_LIFE_S = 3
_CLUSTER = "dHJ1ZXNlbmQtdGVzdHMtMg"
_START_WITHIN_S = 90
_MODULES = "org.apache.kafka.common.security"
_LISTENERS = {"PLAINTEXT": "PLAINTEXT", "SCRAM": "SASL_SSL", "MTLS": "SSL", "OAUTH": "SASL_SSL"}


@dataclass(frozen=True, slots=True)
class Pem:
    """A certificate's files."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates for servers and clients, and writes them where Kafka and we can read them."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._authority = folder, name, trustme.CA()
        self.file = folder / f"{name}-ca.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def server(self) -> Pem:
        """For the loopback address."""
        return self._write("server", self._authority.issue_cert(LOOPBACK), NoEncryption())

    def client(self, user: str, *, password: str | None = None) -> Pem:
        """For a client whose name Kafka takes from the certificate."""
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self._write(user, self._authority.issue_cert(f"{user}.test", common_name=user), lock)

    def _write(self, name: str, leaf: trustme.LeafCert, lock: KeySerializationEncryption) -> Pem:
        pem = Pem(self._folder / f"{self._name}-{name}.pem", self._folder / f"{self._name}-{name}.key")
        pem.certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
        pem.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
        return pem


class SecuredKafka:
    """One combined KRaft node. Who comes without a name may do everything; everybody else, what they are allowed."""

    def __init__(self, jars: Path, java_program: Path) -> None:
        self.folder = server_folder("secured-kafka")
        self.authority = Authority(self.folder, "ours")
        self._ports = {name: lasting_port() for name in (*_LISTENERS, "CONTROLLER")}
        self._java = [str(java_program), *JAVA_OPTIONS, "-cp", f"{jars}/*"]
        self._settings = self._write_settings()
        self._child = Child(
            f"Apache Kafka {KAFKA_VERSION}, secured",
            [*self._java, "kafka.Kafka", str(self._settings)],
            log_file=self.folder / "kafka.log",
            working_folder=self.folder,
        )

    @cached_property
    def certificate(self) -> Pem:
        """The client certificate's files; its key wants `KEY_PASSWORD`."""
        return self.authority.client(CERTIFICATE_USER, password=KEY_PASSWORD)

    def start(self) -> None:
        self._format()
        self._child.start()
        self._child.wait_until(lambda: answers_metadata(LOOPBACK, self._ports["PLAINTEXT"]), within_s=_START_WITHIN_S)

    def close(self) -> None:
        self._child.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, listener: str) -> str:
        """Of "PLAINTEXT", "SCRAM", "MTLS" or "OAUTH"."""
        return f"{LOOPBACK}:{self._ports[listener]}"

    def environment(self, listener: str) -> dict[str, str]:
        """What our services are told to come in by that listener."""
        ca = {"KAFKA_SSL_CAFILE": str(self.authority.file)}
        by_listener: Mapping[str, Mapping[str, str]] = {
            "PLAINTEXT": {},
            "SCRAM": ca
            | {
                "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
                "KAFKA_SASL_USERNAME": SCRAM_USER,
                "KAFKA_SASL_PASSWORD": SCRAM_PASSWORD,
            },
            "MTLS": ca
            | {
                "KAFKA_SSL_CERTFILE": str(self.certificate.certificate),
                "KAFKA_SSL_KEYFILE": str(self.certificate.key),
                "KAFKA_SSL_KEY_PASSWORD": KEY_PASSWORD,
            },
            "OAUTH": ca
            | {
                "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
                "KAFKA_OAUTH_TOKEN_PROVIDER": "tests.harness.unsecured_tokens:token",
            },
        }
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.address(listener),
            "KAFKA_SECURITY_PROTOCOL": _LISTENERS[listener],
            **by_listener[listener],
        }

    def _write_settings(self) -> Path:
        server = self.authority.server()
        store = self.folder / "server-store.pem"
        store.write_bytes(server.key.read_bytes() + server.certificate.read_bytes())
        listeners = [f"{name}://{LOOPBACK}:{port}" for name, port in self._ports.items()]
        settings = NODE_SETTINGS | {
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._ports['CONTROLLER']}",
            "listeners": ",".join(listeners),
            "advertised.listeners": ",".join(listeners[:-1]),
            "listener.security.protocol.map": ",".join(
                [*(f"{name}:{protocol}" for name, protocol in _LISTENERS.items()), "CONTROLLER:PLAINTEXT"]
            ),
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(self.folder / "data"),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(store),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.authority.file),
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.mtls.ssl.principal.mapping.rules": "RULE:^.*CN=([^,]+).*$/$1/,DEFAULT",
            "listener.name.scram.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.scram.scram-sha-512.sasl.jaas.config": f"{_MODULES}.scram.ScramLoginModule required;",
            "listener.name.oauth.sasl.enabled.mechanisms": "OAUTHBEARER",
            "listener.name.oauth.oauthbearer.sasl.jaas.config": (
                f'{_MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="kafka";'
            ),
            # A connection ends with its token, and no later.
            "listener.name.oauth.oauthbearer.connections.max.reauth.ms": str(TOKEN_LIFE_S * 1000),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }
        file = self.folder / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        return file

    def _format(self) -> None:
        user = f"SCRAM-SHA-512=[name={SCRAM_USER},password={SCRAM_PASSWORD}]"
        command = [*self._java, "kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(self._settings)]
        subprocess.run([*command, "--add-scram", user], check=True, capture_output=True, timeout=_START_WITHIN_S)


def secured_kafka() -> SecuredKafka | None:
    """Return one, not started; None where this machine has neither Maven and Java."""
    jars, java_program = kafka_jars(), java()
    return SecuredKafka(jars, java_program) if jars and java_program else None
