"""Every setting of every service, read from the environment once, at start.

A wrong or missing one stops the start with one line that names it (``SettingsError``); the value itself is never shown,
since it may be a secret.
"""

from base64 import b64decode
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnparsableSetting

PositiveSeconds = Annotated[float, Field(gt=0, le=31_536_000)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
LAST_PORT = 65_535
SHORTEST_ATTEMPT_RETENTION_S = 2 * 86_400.0


AuthStyle = Literal["x-api-key", "bearer", "authorization", "apikey"]
Loaded = TypeVar("Loaded", bound=BaseSettings)


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one line that names the variable and says what to write."""


class AuthMode(StrEnum):
    """How callers of the API prove who they are."""

    NONE = "none"
    API_KEY = "api_key"
    JWT = "jwt"


class LookupAbsence(StrEnum):
    """What to do with a message that its gateway does not know: ask a person, or send it again."""

    OPERATOR = "operator"
    RESEND = "resend"


def _http_url(value: str) -> str:
    AnyHttpUrl(value)
    return value.rstrip("/")


HttpUrl = Annotated[str, AfterValidator(_http_url)]


def require_postgres_url(database_url: str) -> None:
    """Raise ValueError, with a sentence that quotes nothing of the URL, if it is not one of a Postgres database."""
    try:
        parts = urlsplit(database_url)
        readable = parts.scheme in {"postgres", "postgresql"} and (parts.port is None or parts.port > 0)
    except ValueError:
        readable = False
    if not readable:
        raise ValueError(
            "write it as postgres://user:password@host:port/database, with special characters in the password "
            "percent-encoded"
        )


def _postgres_url(value: SecretStr) -> SecretStr:
    require_postgres_url(value.get_secret_value())
    return value


def _signing_key(value: SecretStr) -> SecretStr:
    """A key as Standard Webhooks write it; their library would read over what is no base64."""
    key = value.get_secret_value().removeprefix("whsec_")
    try:
        readable = bool(b64decode(key + "=" * (-len(key) % 4), validate=True))
    except ValueError:
        readable = False
    if not readable:
        raise ValueError("write it as Standard Webhooks do: whsec_ and the key in base64")
    return value


def _nothing_or_two_days(value: float) -> float:
    """What gateways tell is matched to the attempts of the day before."""
    if 0 < value < SHORTEST_ATTEMPT_RETENTION_S:
        raise ValueError(f"write 0, which keeps attempts for ever, or at least {SHORTEST_ATTEMPT_RETENTION_S:g}")
    return value


def _kafka_servers(value: str) -> str:
    """Host and port of each, without the spaces around them."""
    servers = [server.strip() for server in value.split(",")]
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port[:6]) <= LAST_PORT:
            raise ValueError("write host:port, several with commas")
    return ",".join(servers)


class DatabaseSettings(BaseSettings):
    """What `truesend migrate` and `truesend adopt` need."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    database_url: Annotated[SecretStr, AfterValidator(_postgres_url)]
    database_pool_size: int = Field(default=8, ge=2, le=200)


class KafkaSettings(BaseSettings):
    """What `truesend topics` needs."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    kafka_bootstrap_servers: Annotated[str, AfterValidator(_kafka_servers)]
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    kafka_sasl_username: str | None = None
    kafka_sasl_password: SecretStr | None = None
    kafka_topic_partitions: int = Field(default=8, ge=1, le=1000)
    kafka_topic_replication: int = Field(default=1, ge=1, le=10)
    kafka_session_timeout_ms: int = Field(default=10_000, ge=300, le=300_000)
    dead_letters_per_minute: int = Field(default=60, ge=1, le=1_000_000)
    truesend_topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,100}$")

    @model_validator(mode="after")
    def _sasl_is_whole(self) -> Self:
        if (self.kafka_sasl_username is None) != (self.kafka_sasl_password is None):
            raise ValueError("KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: write both or neither")
        return self


class GatewaySettings(BaseSettings):
    """What `truesend gateways` needs."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    gateways_file: Path | None = None
    gateway_kind: str = "vps"
    gateway_url: HttpUrl | None = None
    gateway_api_key: SecretStr = SecretStr("")
    gateway_auth_style: AuthStyle = "x-api-key"
    gateway_options: dict[str, Any] = Field(default_factory=dict)
    gateway_exclusive: bool = True
    gateway_callback_base_url: HttpUrl | None = None
    gateway_check_numbers: bool = False
    gateway_max_in_flight: int = Field(default=16, ge=1, le=10_000)
    gateway_status_max_in_flight: int = Field(default=32, ge=1, le=10_000)
    gateway_connect_timeout_s: PositiveSeconds = 4.0
    gateway_media_allow_private: bool = False
    gateway_media_max_bytes: int = Field(default=16_777_216, ge=1_000, le=1_000_000_000)
    gateway_media_timeout_s: PositiveSeconds = 30.0
    status_timeout_s: PositiveSeconds = 8.0
    send_timeout_s: PositiveSeconds = 60.0
    session_min_interval_ms: int = Field(default=0, ge=0, le=86_400_000)
    webhook_secret: SecretStr | None = None

    @model_validator(mode="after")
    def _gateways_are_described_once(self) -> Self:
        if self.gateways_file is None:
            if self.gateway_url is None:
                raise ValueError("GATEWAY_URL: is missing; set it, or GATEWAYS_FILE")
            return self
        alone = ("gateway_kind", "gateway_url", "gateway_api_key", "gateway_options")
        given = [name.upper() for name in alone if name in self.model_fields_set]
        if given:
            raise ValueError(f"GATEWAYS_FILE: describes every gateway by itself; drop {', '.join(given)}, or the file")
        return self


# Fields come in the reverse order of the bases: the database's are named first when several are missing.
class Settings(GatewaySettings, KafkaSettings, DatabaseSettings):
    """The environment, validated. Names are the variables' names in lower case; times are seconds."""

    verify_freshness_s: Seconds = 5.0
    verify_sweep_s: PositiveSeconds = 60.0
    connecting_max_s: PositiveSeconds = 120.0

    lease_s: PositiveSeconds = 90.0
    max_attempts: int = Field(default=3, ge=1, le=100)
    backoff_base_s: PositiveSeconds = 5.0
    backoff_max_s: PositiveSeconds = 900.0
    message_max_age_s: PositiveSeconds = 86_400.0
    confirm_timeout_s: PositiveSeconds = 120.0
    lookup_absence: LookupAbsence = LookupAbsence.OPERATOR
    lookup_settle_s: Seconds = 60.0
    dispatch_organizations: str = "*"
    dispatch_poll_s: PositiveSeconds = 0.5
    event_retention_s: PositiveSeconds = 30 * 86_400.0
    message_text_retention_s: Seconds = 0.0
    attempt_retention_s: Annotated[Seconds, AfterValidator(_nothing_or_two_days)] = 0.0

    webhook_max_bytes: int = Field(default=1_000_000, ge=1_000, le=100_000_000)
    webhook_forward_url: HttpUrl | None = None
    webhook_forward_max_age_s: float = Field(default=3_600.0, gt=0, le=86_400)

    ack_silence_s: Seconds = 600.0
    ack_silence_hold: bool = False
    alert_webhook_url: HttpUrl | None = None
    alert_webhook_secret: Annotated[SecretStr, AfterValidator(_signing_key)] | None = None
    alert_debounce_s: Seconds = 15.0
    alert_waiting_s: PositiveSeconds = 900.0

    auth_mode: AuthMode = AuthMode.API_KEY
    api_keys: dict[str, UUID] = Field(default_factory=dict, repr=False)
    jwt_secret: SecretStr | None = None
    jwks_url: HttpUrl | None = None
    jwt_organization_claim: str | None = None
    jwt_audience: str | None = None
    jwt_issuer: str | None = None
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65_535)
    api_max_connections: int = Field(default=4_096, ge=1, le=1_000_000)
    api_head_timeout_s: PositiveSeconds = 10.0
    api_body_timeout_s: PositiveSeconds = 30.0
    auth_failures_per_minute: int = Field(default=60, ge=0, le=1_000_000)
    forwarded_allow_ips: str = "127.0.0.1,::1"
    cors_origins: str = ""

    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65_535)
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    shutdown_grace_s: PositiveSeconds = 10.0

    @field_validator("api_keys")
    @classmethod
    def _keys_fit_a_header(cls, keys: dict[str, UUID]) -> dict[str, UUID]:
        if not all(key.isascii() and key.isprintable() and key and key == key.strip() for key in keys):
            raise ValueError("each key must be printable ASCII, not empty, without spaces around it")
        return keys

    @field_validator("dispatch_organizations")
    @classmethod
    def _organizations_are_uuids(cls, value: str) -> str:
        text = value.strip()
        if text not in {"*", "none"}:
            for part in text.split(","):
                try:
                    UUID(part.strip())
                except ValueError:
                    raise ValueError("write *, none, or organisation uuids separated by commas") from None
        return text

    @cached_property
    def organizations(self) -> tuple[UUID, ...] | None:
        """Organisations that the sender dispatches for; None means all of them."""
        if self.dispatch_organizations == "*":
            return None
        if self.dispatch_organizations == "none":
            return ()
        return tuple(UUID(part.strip()) for part in self.dispatch_organizations.split(","))

    def require_auth(self) -> None:
        """Check what only the API needs. Raises SettingsError."""
        if self.auth_mode is AuthMode.NONE and self.api_host not in {"127.0.0.1", "::1", "localhost"}:
            raise SettingsError("AUTH_MODE: 'none' is refused unless API_HOST is loopback; write api_key or jwt")
        if self.auth_mode is AuthMode.API_KEY and not self.api_keys:
            raise SettingsError('API_KEYS: is missing; write a JSON object {"<key>": "<organization uuid>"}')
        if self.auth_mode is AuthMode.JWT and not (self.jwt_secret or self.jwks_url):
            raise SettingsError("JWT_SECRET: is missing; write it, or JWKS_URL")


def load_settings(**given: object) -> Settings:
    """Read the environment. Raises SettingsError with one line for the first setting that is wrong.

    What is ``given`` stands in place of the variable of the same name.
    """
    return _load(Settings, given)


def load_database_settings() -> DatabaseSettings:
    """Read what only the database needs. Raises SettingsError."""
    return _load(DatabaseSettings, {})


def load_kafka_settings(**given: object) -> KafkaSettings:
    """Read what only Kafka needs, else as ``load_settings``. Raises SettingsError."""
    return _load(KafkaSettings, given)


def load_gateway_settings(**given: object) -> GatewaySettings:
    """Read what only gateways need, else as ``load_settings``. Raises SettingsError."""
    return _load(GatewaySettings, given)


def _load(kind: type[Loaded], given: Mapping[str, Any]) -> Loaded:
    try:
        return kind(**given)
    except ValidationError as error:
        raise SettingsError(_one_line(error)) from None
    except UnparsableSetting as error:
        raise SettingsError(_name_in(str(error))) from None


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return reason
    name = str(first["loc"][0]).upper()
    return f"{name}: is missing; set it" if first["type"] == "missing" else f"{name}: {reason}"


def _name_in(text: str) -> str:
    """Name the field that was not JSON, without the value that the library's own text could carry."""
    name = next((field for field in Settings.model_fields if f'"{field}"' in text), "the environment")
    return f"{name.upper()}: is not valid JSON"
