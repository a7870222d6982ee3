"""Certificates for Kafka: told of when they can't be used, and renewed without a restart."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import uvloop

from tests.harness.secured_kafka import KEY_PASSWORD, Authority, Pem
from truesend.broker.tls import tls_context
from truesend.cli.local.ports import LOOPBACK
from truesend.settings import KafkaSettings, SettingsError

Run = Callable[[Coroutine[Any, Any, list[str]]], list[str]]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "ours")


def settings(**files: object) -> KafkaSettings:
    return KafkaSettings.model_validate(
        {"kafka_bootstrap_servers": f"{LOOPBACK}:9", "kafka_security_protocol": "SSL", **files}
    )


@pytest.mark.parametrize("name", ["kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile"])
@pytest.mark.parametrize("content", [None, "canary, which is no PEM"])
def test_a_file_that_is_missing_or_no_pem_is_named(
    authority: Authority, tmp_path: Path, name: str, content: str | None
) -> None:
    file = tmp_path / "canary.pem"
    if content is not None:
        file.write_text(content)
    pem = authority.client("somebody")
    files = {"kafka_ssl_certfile": pem.certificate, "kafka_ssl_keyfile": pem.key} | {name: file}
    with pytest.raises(SettingsError) as caught:
        tls_context(settings(**files))
    assert name.upper() in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_key_of_another_certificate_and_a_wrong_password_are_named(authority: Authority) -> None:
    one, other = authority.client("one"), authority.client("other")
    locked = authority.client("locked", password=KEY_PASSWORD)
    with pytest.raises(SettingsError, match=r"^KAFKA_SSL_KEYFILE: "):
        tls_context(settings(kafka_ssl_certfile=one.certificate, kafka_ssl_keyfile=other.key))
    with pytest.raises(SettingsError, match="KAFKA_SSL_KEY_PASSWORD is wrong"):
        tls_context(settings(kafka_ssl_certfile=locked.certificate, kafka_ssl_keyfile=locked.key))


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_certificate_renewed_on_disk_is_shown_by_the_next_connection(authority: Authority, run: Run) -> None:
    shown = authority.client("before")
    context = tls_context(
        settings(kafka_ssl_cafile=authority.file, kafka_ssl_certfile=shown.certificate, kafka_ssl_keyfile=shown.key)
    )
    assert context is not None

    async def names() -> list[str]:
        async with NameTeller(authority) as server:
            first = await server.seen(context)
            _replace(shown, authority.client("after"))
            second = await server.seen(context)
            shown.key.write_text("half a ke")
            return [first, second, await server.seen(context)]

    assert run(names()) == ["before", "after", "after"]


class NameTeller:
    """Wants a certificate, and says whose it was."""

    def __init__(self, authority: Authority) -> None:
        pem = authority.server()
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority.file))
        self._context.load_cert_chain(pem.certificate, pem.key)
        self._context.verify_mode = ssl.CERT_REQUIRED

    async def __aenter__(self) -> "NameTeller":
        self._server = await asyncio.start_server(self._answer, LOOPBACK, 0, ssl=self._context)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def seen(self, context: ssl.SSLContext) -> str:
        """Connect, and return the name in the certificate that the server has got."""
        port = self._server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=context)
        name = (await reader.readline()).decode().strip()
        writer.close()
        await writer.wait_closed()
        return name

    @staticmethod
    async def _answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        subject = dict(entry[0] for entry in writer.get_extra_info("peercert")["subject"])
        writer.write(f"{subject['commonName']}\n".encode())
        await writer.drain()
        writer.close()


def _replace(old: Pem, new: Pem) -> None:
    new.certificate.replace(old.certificate)
    new.key.replace(old.key)
