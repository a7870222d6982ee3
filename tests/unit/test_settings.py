"""The environment, read once: a wrong variable stops the start with one line that names it."""

import traceback
from uuid import UUID

import pytest

from truesend.settings import AuthMode, Settings, SettingsError, load_settings

NEEDED = {
    "DATABASE_URL": "postgres://user:canary-password@127.0.0.1/crm",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "GATEWAY_URL": "http://127.0.0.1:3000/",
}


@pytest.fixture(autouse=True)
def only_what_a_test_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def load(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in (NEEDED | changes).items():
        monkeypatch.setenv(name, value)
    return load_settings()


@pytest.mark.parametrize("missing", NEEDED)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^{missing}: is missing"):
        load(monkeypatch, **{missing: ""})


def test_what_other_libraries_write_into_a_databases_url_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: take connection_limit, pgbouncer out of it"):
        load(monkeypatch, DATABASE_URL="postgres://127.0.0.1/crm?pgbouncer=true&sslmode=require&connection_limit=1")


@pytest.mark.parametrize(
    ("mode", "direct", "session_url"),
    [
        ("session", "", NEEDED["DATABASE_URL"]),
        ("transaction", "", None),
        ("transaction", "postgres://127.0.0.1/direct", "postgres://127.0.0.1/direct"),
        ("session", "postgres://127.0.0.1/direct", "postgres://127.0.0.1/direct"),
    ],
)
def test_what_needs_a_session_goes_past_the_pooler(
    monkeypatch: pytest.MonkeyPatch, mode: str, direct: str, session_url: str | None
) -> None:
    settings = load(monkeypatch, DATABASE_POOL_MODE=mode, DATABASE_DIRECT_URL=direct)

    assert settings.session_url == session_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "canary"),
        ("DATABASE_URL", "mysql://user:canary@127.0.0.1/crm"),
        ("DATABASE_URL", "postgres://user:canary@127.0.0.1:port/crm"),
        ("DATABASE_URL", "postgres://user:canary@127.0.0.1:99999/crm"),
        ("DATABASE_URL", "postgres://user:canary@127.0.0.1/crm?sslmode=require&channel_binding=canary"),
        ("DATABASE_DIRECT_URL", "mysql://user:canary@127.0.0.1/crm"),
        ("DATABASE_POOL_MODE", "canary"),
        ("KAFKA_BOOTSTRAP_SERVERS", "canary"),
        ("KAFKA_BOOTSTRAP_SERVERS", "canary:port"),
        ("KAFKA_BOOTSTRAP_SERVERS", "canary:99999"),
        ("KAFKA_BOOTSTRAP_SERVERS", "canary:9092,"),
        ("GATEWAY_URL", "canary"),
        ("CORS_ORIGINS", "canary.example.com"),
        ("CORS_ORIGINS", "https://crm.example.com, https://canary.example.com/"),
        ("DEAD_LETTER_TABLE", "Canary"),
        ("DEAD_LETTER_TABLE", "canary; DROP TABLE x"),
        ("DEAD_LETTER_TABLE", "a.canary.c"),
        ("LEASE_S", "canary"),
        ("LEASE_S", "0"),
        ("LEASE_S", "-1"),
        ("LEASE_S", "nan"),
        ("MAX_ATTEMPTS", "1.5"),
        ("API_PORT", "70000"),
        ("AUTH_MODE", "canary"),
        ("LOOKUP_ABSENCE", "canary"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "canary"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "canary"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=,y=canary"),
        ("OTEL_TRACES_SAMPLER", "canary"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("API_KEYS", '{"canary": "no uuid"}'),
        ("API_KEYS", '{"": "00000000-0000-0000-0000-000000000001"}'),
        ("API_KEYS", '{" canary": "00000000-0000-0000-0000-000000000001"}'),
        ("API_KEYS", "{canary"),
        ("API_KEYS", '["canary"]'),
        ("DISPATCH_ORGANIZATIONS", "canary"),
        ("KAFKA_SECURITY_PROTOCOL", "canary"),
        ("KAFKA_OAUTH_TOKEN_PROVIDER", "canary"),
        ("TRUESEND_TOPIC_PREFIX", "canary prefix"),
        ("ALERT_WEBHOOK_SECRET", "whsec_canary-is-no-base64"),
        ("ALERT_WEBHOOK_SECRET", "whsec_"),
        ("ATTEMPT_RETENTION_S", "3600"),
        ("MESSAGE_TEXT_RETENTION_S", "-1"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **{name: value})
    assert str(caught.value).startswith(f"{name}: ")
    assert "\n" not in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "origins", ["*", "https://crm.example.com, http://localhost:5173", "capacitor://localhost,", "https://[::1]:8000"]
)
def test_origins_are_taken_as_browsers_send_them(monkeypatch: pytest.MonkeyPatch, origins: str) -> None:
    assert load(monkeypatch, CORS_ORIGINS=origins).cors_origins == origins


def test_quotes_that_nobody_has_taken_off_an_object_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    as_docker_reads_an_env_file = """'{"canary": "00000000-0000-0000-0000-000000000001"}'"""

    with pytest.raises(SettingsError, match=r"^API_KEYS: is not valid JSON; .*no quotes around the braces$"):
        load(monkeypatch, API_KEYS=as_docker_reads_an_env_file)


def test_sasl_needs_both_its_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD"):
        load(monkeypatch, KAFKA_SASL_USERNAME="somebody")


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        (
            "KAFKA_SASL_USERNAME: is missing",
            {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512"},
        ),
        (
            "KAFKA_OAUTH_TOKEN_PROVIDER: is missing",
            {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"},
        ),
        ("KAFKA_SECURITY_PROTOCOL: ", {"KAFKA_SASL_USERNAME": "canary", "KAFKA_SASL_PASSWORD": "canary"}),
        ("KAFKA_SECURITY_PROTOCOL: ", {"KAFKA_OAUTH_TOKEN_PROVIDER": "canary:canary"}),
        ("KAFKA_SECURITY_PROTOCOL: ", {"KAFKA_SSL_CAFILE": "/canary"}),
        ("KAFKA_SSL_CERTFILE: is missing", {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEYFILE": "/canary"}),
        (
            "KAFKA_SASL_MECHANISM: has no use for KAFKA_OAUTH_TOKEN_PROVIDER",
            {
                "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "KAFKA_SASL_USERNAME": "canary",
                "KAFKA_SASL_PASSWORD": "canary",
                "KAFKA_OAUTH_TOKEN_PROVIDER": "canary:canary",
            },
        ),
        (
            "KAFKA_SASL_MECHANISM: has no use for KAFKA_SASL_USERNAME",
            {
                "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
                "KAFKA_SASL_USERNAME": "canary",
                "KAFKA_SASL_PASSWORD": "canary",
                "KAFKA_OAUTH_TOKEN_PROVIDER": "canary:canary",
            },
        ),
    ],
)
def test_what_does_not_fit_together_for_kafka_is_named(
    monkeypatch: pytest.MonkeyPatch, said: str, changes: dict[str, str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(monkeypatch, **changes)
    assert str(caught.value).startswith(said)
    assert "canary" not in str(caught.value)


def test_times_may_be_fractions(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, LEASE_S="0.5").lease_s == 0.5


@pytest.mark.parametrize(
    ("text", "organizations"),
    [
        ("*", None),
        ("none", ()),
        ("00000000-0000-0000-0000-000000000001", (UUID(int=1),)),
        (
            " 00000000-0000-0000-0000-000000000001 , 00000000-0000-0000-0000-000000000002",
            (UUID(int=1), UUID(int=2)),
        ),
    ],
)
def test_dispatch_is_for_all_for_none_or_for_a_list(
    monkeypatch: pytest.MonkeyPatch, text: str, organizations: tuple[UUID, ...] | None
) -> None:
    assert load(monkeypatch, DISPATCH_ORGANIZATIONS=text).organizations == organizations


def test_no_authentication_is_refused_beyond_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, AUTH_MODE="none").require_auth()
    with pytest.raises(SettingsError, match=r"^AUTH_MODE: "):
        load(monkeypatch, AUTH_MODE="none", API_HOST="0.0.0.0").require_auth()


@pytest.mark.parametrize(("mode", "named"), [(AuthMode.API_KEY, "API_KEYS"), (AuthMode.JWT, "JWT_SECRET")])
def test_an_authentication_mode_without_its_keys_is_refused(
    monkeypatch: pytest.MonkeyPatch, mode: AuthMode, named: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{named}: is missing"):
        load(monkeypatch, AUTH_MODE=mode).require_auth()


def test_no_secret_is_in_what_settings_print(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        GATEWAY_API_KEY="canary-key",
        JWT_SECRET="canary-jwt",
        API_KEYS='{"canary-api": "00000000-0000-0000-0000-000000000001"}',
    )
    assert "canary" not in repr(settings)
    assert "canary" not in str(settings)


@pytest.mark.parametrize("name", [name.upper() for name in Settings.model_fields])
@pytest.mark.parametrize(
    "value", ["canary", '{"canary": "canary"}', "postgres://canary:canary@canary:canary/", "canary\n"]
)
def test_whatever_is_written_into_a_setting_no_refusal_repeats_it(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    said = ""
    try:
        load(monkeypatch, **{name: value})
    except SettingsError as refused:
        said = "".join(traceback.format_exception(refused))
    assert "canary" not in said
