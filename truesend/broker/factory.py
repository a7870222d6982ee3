"""One FastStream broker per process, for real Kafka and the embedded broker alike."""

import asyncio
from collections.abc import Callable, Mapping

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLPlaintext, SASLScram256, SASLScram512

from truesend.broker.closed_connections import treat_closed_as_lost
from truesend.broker.oauth import token_provider
from truesend.broker.refusals import KafkaRefusedError, refusal
from truesend.broker.stopping import stop_broker, unless_stopped
from truesend.broker.tls import tls_context
from truesend.settings import KafkaSettings, Settings

KNOCK_TIMEOUT_MS = 5_000
STOP_TIMEOUT_S = 3.0
START_BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)


def make_broker(settings: Settings, *, service: str) -> KafkaBroker:
    """A broker that is not started yet. Raises SettingsError for certificates or a token function that can't be used.

    Topics are never created on the fly: FastStream would make them with one partition. The producer is not idempotent,
    because the embedded broker cannot do it and every reader of ours takes a repeated record for what it is. Handlers get
    their batch as it is: FastStream's injection calls a thread four times per batch to find out what they ask for.
    """
    treat_closed_as_lost()
    return KafkaBroker(
        settings.kafka_bootstrap_servers.split(","),
        client_id=f"truesend-{service}",
        security=_security(settings),
        sasl_oauth_token_provider=token_provider(settings),
        allow_auto_create_topics=False,
        acks="all",
        linger_ms=0,
        max_batch_size=256 * 1024,
        request_timeout_ms=15_000,
        retry_backoff_ms=100,
        metadata_max_age_ms=30_000,
        graceful_timeout=settings.shutdown_grace_s,
        logger=None,
        apply_types=False,
        serializer=None,
    )


async def knock(client_options: Mapping[str, object]) -> None:
    """Raise KafkaError unless Kafka answers, KafkaRefusedError where it doesn't take us.

    FastStream's start does not clean up after one that failed.
    """
    client = AIOKafkaAdminClient(request_timeout_ms=KNOCK_TIMEOUT_MS, **client_options)
    try:
        await client.start()
    except KafkaError:
        if why := await refusal(client_options, timeout_ms=KNOCK_TIMEOUT_MS):
            raise KafkaRefusedError(why) from None
        raise
    finally:
        await client.close()


async def start_broker(
    broker: KafkaBroker,
    client_options: Mapping[str, object],
    *,
    say: Callable[[str], None],
    stopping: asyncio.Event,
) -> None:
    """Start it, waiting for Kafka with a growing pause and saying so. Returns early when ``stopping`` is set."""
    attempt = 0
    while not stopping.is_set():
        try:
            await knock(client_options)
            if not await unless_stopped(broker.start(), stopping):
                await stop_broker(broker, within_s=STOP_TIMEOUT_S)
            return
        except (KafkaError, OSError) as error:
            await stop_broker(broker, within_s=STOP_TIMEOUT_S)
            pause_s = START_BACKOFF_S[min(attempt, len(START_BACKOFF_S) - 1)]
            attempt += 1
            why = str(error) if isinstance(error, KafkaRefusedError) else f"({type(error).__name__})"
            say(f"Kafka cannot be reached {why}; trying again in {pause_s:g} s")
            await _pause(stopping, pause_s)


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return


def kafka_client_options(settings: KafkaSettings) -> dict[str, object]:
    """The same connection for aiokafka's own clients (admin, lag). Raises as ``make_broker``."""
    options: dict[str, object] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
        "ssl_context": tls_context(settings),
    }
    if settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_sasl_username
        options["sasl_plain_password"] = _password(settings)
        options["sasl_oauth_token_provider"] = token_provider(settings)
    return options


def _security(settings: KafkaSettings) -> BaseSecurity | None:
    context = tls_context(settings)
    secured = context is not None
    if not settings.kafka_security_protocol.startswith("SASL"):
        return BaseSecurity(ssl_context=context, use_ssl=True) if secured else None
    if settings.kafka_sasl_mechanism == "OAUTHBEARER":
        return SASLOAuthBearer(ssl_context=context, use_ssl=secured)
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    kind = kinds[settings.kafka_sasl_mechanism]
    return kind(settings.kafka_sasl_username or "", _password(settings) or "", ssl_context=context, use_ssl=secured)


def _password(settings: KafkaSettings) -> str | None:
    return settings.kafka_sasl_password.get_secret_value() if settings.kafka_sasl_password else None
