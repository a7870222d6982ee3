"""Every setting of every service, read from the environment once, at start.

A wrong or missing one stops the start with one line that names it (``SettingsError``); the value itself is never shown,
since it may be a secret.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnparsableSetting

PositiveSeconds = Annotated[float, Field(gt=0, le=31_536_000)]
Seconds = Annotated[float, Field(ge=0, le=31_536_000)]
LAST_PORT = 65_535
# What providers and other libraries write into a database's URL: Postgres would be told it as a setting, and refuse it.
OTHERS_URL_OPTIONS = frozenset(
    {"channel_binding", "connect_timeout", "connection_limit", "gssencmode", "pgbouncer", "pool_timeout", "schema"}
)
SHORTEST_ATTEMPT_RETENTION_S = 2 * 86_400.0


AuthStyle = Literal["x-api-key", "bearer", "authorization", "apikey"]
TracesSampler = Literal[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
]
Loaded = TypeVar("Loaded", bound=BaseSettings)


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one line that names the variable and says what to write."""


class AuthMode(StrEnum):
    """How callers of the API prove who they are."""

    NONE = "none"
    API_KEY = "api_key"
    JWT = "jwt"


class PoolMode(StrEnum):
    """What a connection to DATABASE_URL is: a session of Postgres' own, or a pooler's that lends one for a transaction."""

    SESSION = "session"
    TRANSACTION = "transaction"


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
    foreign = sorted(OTHERS_URL_OPTIONS & dict(parse_qsl(parts.query, keep_blank_values=True)).keys())
    if foreign:
        raise ValueError(f"take {', '.join(foreign)} out of it; of a URL's options only those of TLS are understood")


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


def _header_list(value: SecretStr) -> SecretStr:
    """As OpenTelemetry writes headers; its library would leave out what is none, and quote it in a log."""
    for header in value.get_secret_value().split(","):
        name, separator, text = header.partition("=")
        if header.strip() and not (separator and name.strip() and text.strip()):
            raise ValueError("write name=value, several with commas")
    return value


def _kafka_servers(value: str) -> str:
    """Host and port of each, without the spaces around them."""
    servers = [server.strip() for server in value.split(",")]
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port[:6]) <= LAST_PORT:
            raise ValueError("write host:port, several with commas")
    return ",".join(servers)


def _origins(value: str) -> str:
    """Origins as browsers send them; what is written in another way would let nobody in, and say nothing."""
    origins = [origin.strip() for origin in value.split(",") if origin.strip()]
    if not all(re.fullmatch(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#\s]+", origin) for origin in origins):
        raise ValueError(
            "write each as a browser sends it, without a path or a slash at its end: https://crm.example.com"
        )
    return value


def _table_name(value: str) -> str:
    """A table's name as people write it in SQL without quotes, with its schema or without."""
    if not re.fullmatch(r"([a-z_][a-z0-9_$]{0,62}\.)?[a-z_][a-z0-9_$]{0,62}", value):
        raise ValueError(
            "write the table's name in small letters, with its schema or without: public.dead_letter_queue"
        )
    return value


class DatabaseSettings(BaseSettings):
    """What `truesend migrate` and `truesend adopt` need."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True, use_attribute_docstrings=True
    )

    database_url: Annotated[SecretStr, AfterValidator(_postgres_url)]
    """The database, Postgres 15 or later: `postgres://user:password@host:port/database`."""
    database_pool_size: int = Field(default=8, ge=2, le=200)
    """Connections to the database, per process."""
    database_pool_mode: PoolMode = PoolMode.SESSION
    """`transaction` behind a pooler, such as PgBouncer, RDS Proxy or Supavisor, whatever its own mode
    ([how](../install/postgres.md#poolers))."""
    database_direct_url: Annotated[SecretStr, AfterValidator(_postgres_url)] | None = None
    """The same database past the pooler, for `truesend migrate` and for LISTEN; without it the services poll."""
    dead_letter_table: Annotated[str, AfterValidator(_table_name)] | None = None
    """A CRM's own table of dead letters, `name` or `schema.name`: what fails for good is written there, too."""

    @property
    def session_url(self) -> str | None:
        """Where a connection is a session, for what needs one: LISTEN, and migrations. None where no such place is known."""
        if self.database_direct_url is not None:
            return self.database_direct_url.get_secret_value()
        return self.database_url.get_secret_value() if self.database_pool_mode is PoolMode.SESSION else None


class KafkaSettings(BaseSettings):
    """What `truesend topics` needs."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True, use_attribute_docstrings=True
    )

    kafka_bootstrap_servers: Annotated[str, AfterValidator(_kafka_servers)]
    """Where Kafka is: `host:port`, several with commas."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How to talk to Kafka."""
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = "PLAIN"
    """How to sign in to Kafka, where the protocol is one with SASL ([providers](../install/kafka.md))."""
    kafka_sasl_username: str | None = None
    """The user, together with `KAFKA_SASL_PASSWORD`."""
    kafka_sasl_password: SecretStr | None = None
    """The password, together with `KAFKA_SASL_USERNAME`."""
    kafka_oauth_token_provider: str | None = Field(default=None, pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    """With `OAUTHBEARER`: the function that is asked for a token, `module:function`."""
    kafka_ssl_cafile: Path | None = None
    """Who may have signed Kafka's certificate, as PEM; without it those that the system trusts."""
    kafka_ssl_certfile: Path | None = None
    """Our certificate, as PEM, where Kafka wants one (mTLS)."""
    kafka_ssl_keyfile: Path | None = None
    """Its key, as PEM; without it the key is in `KAFKA_SSL_CERTFILE`, too."""
    kafka_ssl_key_password: SecretStr | None = None
    """What the key is encrypted with."""
    kafka_topic_partitions: int = Field(default=8, ge=1, le=1000)
    """Partitions of each topic that `truesend topics` creates; topics that are there keep theirs."""
    kafka_topic_replication: int = Field(default=1, ge=1, le=10)
    """Copies of each partition of the topics that `truesend topics` creates."""
    kafka_session_timeout_ms: int = Field(default=10_000, ge=300, le=300_000)
    """After so long without a sign of life a consumer's partitions go to another."""
    dead_letters_per_minute: int = Field(default=60, ge=1, le=1_000_000)
    """How many records of a topic a process may put aside as unreadable before its consumer stands still."""
    truesend_topic_prefix: str = Field(default="", pattern=r"^[A-Za-z0-9._-]{0,100}$")
    """What is put before every topic's and consumer group's name."""

    @model_validator(mode="after")
    def _sasl_is_whole(self) -> Self:
        if (self.kafka_sasl_username is None) != (self.kafka_sasl_password is None):
            raise ValueError("KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: write both or neither")
        if self.kafka_security_protocol.startswith("SASL"):
            self._require_what_proves_who_we_are()
        elif said := self._written("kafka_sasl_username", "kafka_oauth_token_provider"):
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL: says nobody's name; write SASL_SSL, or drop {said}")
        return self

    def _require_what_proves_who_we_are(self) -> None:
        by_token = self.kafka_sasl_mechanism == "OAUTHBEARER"
        if by_token and self.kafka_oauth_token_provider is None:
            raise ValueError("KAFKA_OAUTH_TOKEN_PROVIDER: is missing; OAUTHBEARER asks it for a token: module:function")
        if not by_token and self.kafka_sasl_username is None:
            raise ValueError("KAFKA_SASL_USERNAME: is missing; set it, with KAFKA_SASL_PASSWORD")
        if said := self._written("kafka_sasl_username" if by_token else "kafka_oauth_token_provider"):
            raise ValueError(f"KAFKA_SASL_MECHANISM: has no use for {said}; write the one that has, or drop that")

    @model_validator(mode="after")
    def _certificates_are_whole(self) -> Self:
        names = ("kafka_ssl_cafile", "kafka_ssl_certfile", "kafka_ssl_keyfile", "kafka_ssl_key_password")
        if (said := self._written(*names)) and self.kafka_security_protocol not in {"SSL", "SASL_SSL"}:
            raise ValueError(f"KAFKA_SECURITY_PROTOCOL: is without TLS; write SSL or SASL_SSL, or drop {said}")
        if self.kafka_ssl_certfile is None and (said := self._written("kafka_ssl_keyfile", "kafka_ssl_key_password")):
            raise ValueError(f"KAFKA_SSL_CERTFILE: is missing; set it, or drop {said}")
        return self

    def _written(self, *names: str) -> str:
        return ", ".join(name.upper() for name in names if getattr(self, name) is not None)


class GatewaySettings(BaseSettings):
    """What `truesend gateways` needs."""

    model_config = SettingsConfigDict(
        extra="ignore", frozen=True, hide_input_in_errors=True, env_ignore_empty=True, use_attribute_docstrings=True
    )

    gateways_file: Path | None = None
    """A TOML file that describes several gateways, instead of `GATEWAY_KIND`, `_URL`, `_API_KEY` and `_OPTIONS`."""
    gateway_kind: str = "vps"
    """What the gateway speaks; `truesend gateways kinds` lists what it may be."""
    gateway_url: HttpUrl | None = None
    """Where the gateway is; required unless `GATEWAYS_FILE` is set."""
    gateway_api_key: SecretStr = SecretStr("")
    """The key that the gateway wants."""
    gateway_auth_style: AuthStyle = "x-api-key"
    """The header that the gateway wants the key in."""
    gateway_options: dict[str, Any] = Field(default_factory=dict)
    """What only the gateway's kind has to be told, as JSON: `{"engine": "NOWEB"}`."""
    gateway_exclusive: bool = True
    """`false` where others send through the same sessions: then evidence without an id proves nothing."""
    gateway_callback_base_url: HttpUrl | None = None
    """Where gateways reach the API, to be registered with them and looked for."""
    gateway_check_numbers: bool = False
    """`true`: ask whether a number is on WhatsApp before the first message to it, where the gateway can be asked."""
    gateway_max_in_flight: int = Field(default=16, ge=1, le=10_000)
    """Messages at the gateway at once, over all senders."""
    gateway_status_max_in_flight: int = Field(default=32, ge=1, le=10_000)
    """Status calls at once, per verifier."""
    gateway_connect_timeout_s: PositiveSeconds = 4.0
    """How long a connection to a gateway may take to be made."""
    gateway_media_allow_private: bool = False
    """`true`: media that we fetch may be at private and loopback addresses."""
    gateway_media_max_bytes: int = Field(default=16_777_216, ge=1_000, le=1_000_000_000)
    """The largest media that we fetch."""
    gateway_media_timeout_s: PositiveSeconds = 30.0
    """How long a fetch of media may take."""
    status_timeout_s: PositiveSeconds = 8.0
    """How long a gateway may take to answer for a session's status."""
    send_timeout_s: PositiveSeconds = 60.0
    """How long a gateway may take to answer a send; afterwards the message is looked up."""
    session_min_interval_ms: int = Field(default=0, ge=0, le=86_400_000)
    """The shortest time between two messages of a session."""
    webhook_secret: SecretStr | None = None
    """What the gateway sends with its webhooks; without it none is taken."""

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
    """A session verified so recently is not asked about again."""
    verify_sweep_s: PositiveSeconds = 60.0
    """A session that nobody looked at for so long is verified; the API calls one unknown that was missed three times."""
    connecting_max_s: PositiveSeconds = 120.0
    """A session that is connecting for longer is disconnected."""

    lease_s: PositiveSeconds = 90.0
    """How long a sender may hold a message without a sign of life."""
    max_attempts: int = Field(default=3, ge=1, le=100)
    """Attempts until a message fails; the same for the sender and the API, which tells it."""
    backoff_base_s: PositiveSeconds = 5.0
    """After n failed attempts a retry waits up to this · 2ⁿ, at random."""
    backoff_max_s: PositiveSeconds = 900.0
    """The longest pause between two attempts."""
    message_max_age_s: PositiveSeconds = 86_400.0
    """A message that is older than this, from `scheduled_for`, fails as expired."""
    confirm_timeout_s: PositiveSeconds = 120.0
    """How long the confirmation of an accepted message may take."""
    lookup_absence: LookupAbsence = LookupAbsence.OPERATOR
    """What "not found" means in a look-up: a person decides, or `resend` for gateways that remember."""
    lookup_settle_s: Seconds = 60.0
    """The time between two absences after which `resend` sends again."""
    dispatch_organizations: str = "*"
    """For whom the sender sends: `*`, `none`, or uuids with commas."""
    dispatch_poll_s: PositiveSeconds = 0.5
    """How often the sender looks for due messages of its own accord; more than 0.5 is taken for 0.5."""
    event_retention_s: PositiveSeconds = 30 * 86_400.0
    """How long history and live replay reach back."""
    message_text_retention_s: Seconds = 0.0
    """So long after its end a message's text and media address are blanked; 0: never."""
    attempt_retention_s: Annotated[Seconds, AfterValidator(_nothing_or_two_days)] = 0.0
    """Attempts that are so old are deleted; 0: never, else two days or more."""

    webhook_max_bytes: int = Field(default=1_000_000, ge=1_000, le=100_000_000)
    """The largest webhook that is taken."""
    webhook_forward_url: HttpUrl | None = None
    """Where authentic webhooks are passed on to, as they came."""
    webhook_forward_max_age_s: float = Field(default=3_600.0, gt=0, le=86_400)
    """How long passing a webhook on is tried."""

    ack_silence_s: Seconds = 600.0
    """Five or more sends without any sign of arrival for so long make a session silent; 0: never."""
    ack_silence_hold: bool = False
    """`true`: a silent session's messages wait."""
    alert_webhook_url: HttpUrl | None = None
    """Where alerts are posted to, signed as Standard Webhooks say."""
    alert_webhook_secret: Annotated[SecretStr, AfterValidator(_signing_key)] | None = None
    """The key that alerts are signed with (`whsec_…`)."""
    alert_debounce_s: Seconds = 15.0
    """A session that is back within this was never down, as far as alerts go."""
    alert_waiting_s: PositiveSeconds = 900.0
    """Messages that wait longer than this raise an alert."""

    auth_mode: AuthMode = AuthMode.API_KEY
    """How callers prove who they are; `none` is refused unless `API_HOST` is a loopback address."""
    api_keys: dict[str, UUID] = Field(default_factory=dict, repr=False)
    """With `api_key`, a JSON object: `{"<key>": "<organization uuid>"}`. A key may be given by its hash: `sha256:…`."""
    jwt_secret: SecretStr | None = None
    """With `jwt`: the shared secret; or set `JWKS_URL`."""
    jwks_url: HttpUrl | None = None
    """With `jwt`: where the public keys are; or set `JWT_SECRET`."""
    jwt_organization_claim: str | None = None
    """With `jwt`: the claim that names the organisation, as a dotted path; without it `X-Organization-Id` is checked."""
    jwt_audience: str | None = None
    """With `jwt`: the audience that a token must have."""
    jwt_issuer: str | None = None
    """With `jwt`: the issuer that a token must have."""
    api_host: str = "127.0.0.1"
    """Where the API listens."""
    api_port: int = Field(default=8000, ge=0, le=65_535)
    """The API's port; 0 takes a free one."""
    api_max_connections: int = Field(default=4_096, ge=1, le=1_000_000)
    """Connections to the API at once; beyond it, those that have waited longest without a request make room."""
    api_head_timeout_s: PositiveSeconds = 10.0
    """How long a request's head may take to arrive."""
    api_body_timeout_s: PositiveSeconds = 30.0
    """How long a request's body may take, and a second more for each 16 KiB; and an answer to be read on."""
    auth_failures_per_minute: int = Field(default=60, ge=0, le=1_000_000)
    """Wrong keys from one address; beyond it keys that are new there are answered 429. 0: no limit."""
    forwarded_allow_ips: str = "127.0.0.1,::1"
    """Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses, networks, or `*`."""
    cors_origins: Annotated[str, AfterValidator(_origins)] = ""
    """Origins that browsers may call from, with commas."""

    health_host: str = "127.0.0.1"
    """Where verifier and sender answer `/healthz`, `/readyz`, `/metrics`."""
    health_port: int = Field(default=0, ge=0, le=65_535)
    """The port of verifier and sender for that; 0 takes a free one."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """From which level on lines are logged."""
    shutdown_grace_s: PositiveSeconds = 10.0
    """How long SIGTERM lets what is in flight finish."""

    otel_exporter_otlp_endpoint: HttpUrl | None = None
    """Where [traces](../operating/traces.md) are exported to, by OTLP over HTTP: `http://collector:4318`."""
    otel_exporter_otlp_headers: Annotated[SecretStr, AfterValidator(_header_list)] | None = None
    """What goes with exported traces, as `name=value` with commas: a key."""
    otel_service_name: str | None = None
    """What the process calls itself in traces; without it `truesend-api` and the like."""
    otel_traces_sampler: TracesSampler = "parentbased_always_on"
    """Which traces are recorded; those that begin elsewhere as their caller has decided, with `parentbased_…`."""
    otel_traces_sampler_arg: float = Field(default=1.0, ge=0, le=1)
    """With `…traceidratio`: the share of traces that is recorded."""
    otel_sdk_disabled: bool = False
    """`true`: no traces are exported, whatever else is set."""

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
    if first["type"] in {"url_parsing", "url_scheme"}:
        reason = "write it with http:// or https:// before the host"
    if not first["loc"]:
        return reason
    name = str(first["loc"][0]).upper()
    return f"{name}: is missing; set it" if first["type"] == "missing" else f"{name}: {reason}"


def _name_in(text: str) -> str:
    """Name the field that was not JSON, without the value that the library's own text could carry."""
    name = next((field for field in Settings.model_fields if f'"{field}"' in text), "the environment")
    return f'{name.upper()}: is not valid JSON; write {{"<name>": "<value>"}}, with no quotes around the braces'
