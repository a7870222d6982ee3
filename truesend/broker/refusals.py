"""Why Kafka doesn't take us, in one sentence that names the setting to look at, and no secret.

aiokafka logs what it met with each server and raises the same "unable to bootstrap" for all of it.
"""

import ssl
from collections.abc import Mapping
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from truesend.broker.oauth import NoTokenError


class KafkaRefusedError(KafkaError):  # type: ignore[misc]
    """A server was there and did not take us. The message is for the operator."""

    def __str__(self) -> str:
        """Its sentence, without the name that aiokafka puts before."""
        return str(self.args[0])


async def refusal(client_options: Mapping[str, Any], *, timeout_ms: int) -> str | None:
    """Knock at the first server once more, and say what it has against us; None where nobody is there to say it."""
    options = dict(client_options)
    host, _, port = options.pop("bootstrap_servers")[0].rpartition(":")
    try:
        connection = await create_conn(host.strip("[]"), int(port), request_timeout_ms=timeout_ms, **options)
    except (KafkaError, OSError) as error:
        return _sentence(error, options)
    try:
        await connection.send(MetadataRequest([]))
    except (KafkaError, OSError) as error:
        return _sentence(error, options)
    finally:
        connection.close()
    return None


def _sentence(error: KafkaError | OSError, options: Mapping[str, Any]) -> str | None:
    match error:
        case NoTokenError():
            return str(error.args[0])
        case UnsupportedSaslMechanismError():
            return f"KAFKA_SASL_MECHANISM: Kafka's listener does not take {options['sasl_mechanism']}"
        case SaslAuthenticationFailed() | AuthenticationFailedError():
            return _not_believed(options)
        case IllegalSaslStateError():
            return "KAFKA_SECURITY_PROTOCOL: Kafka's listener wants no SASL; write SSL or PLAINTEXT"
        case ssl.SSLCertVerificationError():
            return f"KAFKA_SSL_CAFILE: Kafka's certificate can't be trusted ({error.verify_message})"
        case ssl.SSLError():
            return _no_tls(error)
        case KafkaConnectionError() | ConnectionResetError():
            return _hung_up(options)
    return None


def _not_believed(options: Mapping[str, Any]) -> str:
    if options.get("sasl_mechanism") == "OAUTHBEARER":
        return "KAFKA_OAUTH_TOKEN_PROVIDER: Kafka does not take the token that it gave"
    return "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: Kafka does not know this user with this password"


def _no_tls(error: ssl.SSLError) -> str:
    if error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNEXPECTED_EOF_WHILE_READING"}:
        return (
            "KAFKA_SECURITY_PROTOCOL: Kafka's listener speaks no TLS, or ended the conversation; is it the right port?"
        )
    return f"KAFKA_SECURITY_PROTOCOL: no TLS with Kafka's listener ({error.reason or type(error).__name__})"


def _hung_up(options: Mapping[str, Any]) -> str:
    """A listener that hears what it does not understand, or misses a certificate, closes without a word."""
    if options["security_protocol"] in {"SSL", "SASL_SSL"}:
        return (
            "KAFKA_SECURITY_PROTOCOL, KAFKA_SSL_CERTFILE: Kafka's listener hung up; is it one with SASL, or without TLS, "
            "or does it want a certificate, or another one?"
        )
    return "KAFKA_SECURITY_PROTOCOL: Kafka's listener hung up; is it one with TLS or SASL, or another port?"
