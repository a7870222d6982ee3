"""The secrets that a process is told at its start: what its log is searched for."""

from collections.abc import Collection, Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from truesend.gateways.protocol import GatewayConfig
from truesend.settings import Settings


def known_secrets(settings: Settings, gateways: Collection[GatewayConfig]) -> frozenset[str]:
    """Keys, passwords and signing secrets; and of addresses what others must not know: passwords, and the path and query of
    those that are posted to, which are as good as a password with many receivers."""
    return frozenset(filter(None, _all(settings, gateways)))


def _all(settings: Settings, gateways: Collection[GatewayConfig]) -> Iterator[str]:
    for name in type(settings).model_fields:
        match getattr(settings, name):
            case SecretStr() as secret:
                yield secret.get_secret_value()
    yield from settings.api_keys
    for gateway in gateways:
        # some gateways' key is a user and a password
        yield from (gateway.api_key, gateway.api_key.partition(":")[2], gateway.webhook_secret)
        yield from _passwords(gateway.url)
    if settings.otel_exporter_otlp_headers is not None:
        yield from _values(settings.otel_exporter_otlp_headers.get_secret_value())
    addresses = (
        settings.database_url.get_secret_value(),
        settings.session_url,
        settings.jwks_url,
        settings.otel_exporter_otlp_endpoint,
    )
    for url in addresses:
        yield from _passwords(url)
    for url in (settings.alert_webhook_url, settings.webhook_forward_url):
        yield from _passwords(url)
        yield from _after_the_host(url)


def _values(headers: str) -> Iterator[str]:
    """Of headers as OpenTelemetry writes them; the last word is the key where a scheme stands before it."""
    for header in headers.split(","):
        value = unquote(header.partition("=")[2]).strip()
        yield from (value, value.rpartition(" ")[2])


def _passwords(url: str | None) -> Iterator[str]:
    password = urlsplit(url).password if url else None
    if password:
        yield from (password, unquote(password))


def _after_the_host(url: str | None) -> Iterator[str]:
    parts = urlsplit(url or "")
    yield from (parts.path.removeprefix("/"), parts.query, *(value for _, value in parse_qsl(parts.query)))
