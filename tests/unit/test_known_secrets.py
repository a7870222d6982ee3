"""What a process's log is searched for."""

import json

import pytest

from truesend.gateways.configured import gateway_configs
from truesend.runtime.known_secrets import known_secrets
from truesend.settings import Settings, load_settings

ENVIRONMENT = {
    "DATABASE_URL": "postgres://crm:canary%2Fdatabase@127.0.0.1/crm",
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_USERNAME": "crm",
    "KAFKA_SASL_PASSWORD": "canary-kafka",
    "GATEWAY_KIND": "gowa",
    "GATEWAY_URL": "http://proxy:canary-proxy@127.0.0.1:3000",
    "GATEWAY_API_KEY": "admin:canary-gateway",
    "WEBHOOK_SECRET": "canary-webhook",
    "WEBHOOK_FORWARD_URL": "https://crm.example/hooks/canary-forward",
    "ALERT_WEBHOOK_URL": "https://chat.example/hook?token=canary-alert-token",
    "ALERT_WEBHOOK_SECRET": "whsec_Y2FuYXJ5",
    "API_KEYS": json.dumps({"canary-api": "00000000-0000-0000-0000-000000000001"}),
    "JWT_SECRET": "canary-jwt",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "https://us:canary-collector@traces.example",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20canary-traces,x-scope=canary-scope",
}


def test_every_secret_of_the_environment_is_known_and_nothing_that_a_log_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()

    known = known_secrets(settings, gateway_configs(settings))

    assert known == {
        ENVIRONMENT["DATABASE_URL"],
        "canary%2Fdatabase",
        "canary/database",
        "canary-kafka",
        "canary-proxy",
        "admin:canary-gateway",
        "canary-gateway",
        "canary-webhook",
        "hooks/canary-forward",
        "hook",
        "token=canary-alert-token",
        "canary-alert-token",
        "whsec_Y2FuYXJ5",
        "canary-collector",
        ENVIRONMENT["OTEL_EXPORTER_OTLP_HEADERS"],
        "Bearer canary-traces",
        "canary-traces",
        "canary-scope",
        "canary-api",
        "canary-jwt",
    }
