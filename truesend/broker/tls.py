"""TLS to Kafka: whom we trust, and the certificate that we show where it wants one.

Certificates that are renewed on disk, as cert-manager and Strimzi do, are taken up by the next connection, without a restart.
"""

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from truesend.settings import KafkaSettings, SettingsError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files in PEM. Without ``ca`` the system's own authorities are trusted; without ``key`` it is in ``certificate``."""

    ca: Path | None
    certificate: Path | None
    key: Path | None
    key_password: str

    @property
    def files(self) -> Sequence[Path]:
        """All that are read."""
        return [file for file in (self.ca, self.certificate, self.key) if file is not None]

    def load_into(self, context: ssl.SSLContext) -> None:
        """Read them. Raises OSError; of what is no PEM, or does not fit together, ssl.SSLError."""
        if self.ca is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(self.ca)
        if self.certificate is not None:
            # Never None: OpenSSL would ask the terminal for the password of an encrypted key, and wait.
            context.load_cert_chain(self.certificate, self.key, password=self.key_password)


class RenewingContext(ssl.SSLContext):
    """Looks before each connection whether its files were replaced, and reads them again if they were.

    An authority that is no longer in its file is trusted until the process ends: OpenSSL only ever adds.
    """

    _certificates: Certificates
    _read: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, certificates: Certificates) -> "RenewingContext":
        """Read the files. Raises as ``Certificates.load_into``."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context._certificates, context._read = certificates, _state(certificates.files)
        certificates.load_into(context)
        return context

    def wrap_bio(self, *arguments: Any, **options: Any) -> ssl.SSLObject:
        """What asyncio and uvloop begin a connection with."""
        self._renew()
        return super().wrap_bio(*arguments, **options)

    def _renew(self) -> None:
        try:
            now = _state(self._certificates.files)
            if now != self._read:
                # One that fails halfway leaves a context with a certificate and no key: so it is tried on another.
                self._certificates.load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
                self._certificates.load_into(self)
                self._read = now
        except OSError as error:
            log.warning(
                "new certificates for Kafka can't be read; those of before are used", error=type(error).__name__
            )


def _state(files: Sequence[Path]) -> tuple[tuple[int, ...], ...]:
    return tuple((state.st_ino, state.st_size, state.st_mtime_ns) for state in map(os.stat, files))


def tls_context(settings: KafkaSettings) -> ssl.SSLContext | None:
    """What connections to Kafka are secured with; None where the protocol is without TLS.

    Raises SettingsError, which names the setting whose file is missing, unreadable or no PEM.
    """
    if settings.kafka_security_protocol not in {"SSL", "SASL_SSL"}:
        return None
    password = settings.kafka_ssl_key_password
    certificates = Certificates(
        settings.kafka_ssl_cafile,
        settings.kafka_ssl_certfile,
        settings.kafka_ssl_keyfile,
        password.get_secret_value() if password else "",
    )
    for name in ("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile"):
        _require_readable(name.upper(), getattr(settings, name))
    _require_authorities(certificates.ca)
    try:
        return RenewingContext.of(certificates)
    except ssl.SSLError as error:
        raise SettingsError(_what_is_wrong(error)) from None


def _require_readable(name: str, file: Path | None) -> None:
    try:
        if file is not None:
            file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{name}: the file can't be read ({error.strerror or type(error).__name__})") from None


def _require_authorities(ca: Path | None) -> None:
    try:
        if ca is not None:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca)
    except ssl.SSLError:
        raise SettingsError("KAFKA_SSL_CAFILE: there is no certificate in it; write PEM") from None


def _what_is_wrong(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "KAFKA_SSL_KEYFILE: is not the key of the certificate in KAFKA_SSL_CERTFILE"
    return "KAFKA_SSL_CERTFILE, KAFKA_SSL_KEYFILE: no certificate and key in PEM, or KAFKA_SSL_KEY_PASSWORD is wrong"
