"""What the services of `truesend up` are told."""

import pytest

from truesend.cli.up import environment
from truesend.cli.up.environment import Ports

_A_REAL_INSTALLATION = {
    "DATABASE_URL": "postgres://production",
    "KAFKA_BOOTSTRAP_SERVERS": "production:9092",
    "KAFKA_SASL_USERNAME": "production",
    "GATEWAY_URL": "https://production",
    "GATEWAY_API_KEY": "production",
    "DISPATCH_ORGANIZATIONS": "none",
    "TRUESEND_TOPIC_PREFIX": "production.",
    "PGSERVICE": "production",
    "PATH": "/usr/bin",
    "HOME": "/home/somebody",
}
_PORTS = Ports(api=1, verifier=2, sender=3, gateway=4)


def test_the_demo_inherits_nothing_of_a_real_installation_whose_variables_are_in_the_shell() -> None:
    inherited = environment.without_settings(_A_REAL_INSTALLATION)

    assert inherited == {"PATH": "/usr/bin", "HOME": "/home/somebody"}


def test_without_the_demo_the_gateway_comes_from_the_user_and_the_servers_are_the_embedded_ones() -> None:
    inherited = environment.without_embedded(_A_REAL_INSTALLATION)
    variables = inherited | environment.embedded("postgres://embedded", "embedded:1", _PORTS)

    assert variables["GATEWAY_URL"] == "https://production"
    assert variables["DATABASE_URL"] == "postgres://embedded"
    assert variables["KAFKA_BOOTSTRAP_SERVERS"] == "embedded:1"
    assert "production:9092" not in variables.values()
    assert not {"KAFKA_SASL_USERNAME", "TRUESEND_TOPIC_PREFIX", "PGSERVICE"} & variables.keys()


def test_the_embedded_broker_is_reached_in_the_clear_whatever_the_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in _A_REAL_INSTALLATION.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")

    settings = environment.kafka_settings("embedded:1")

    assert settings.kafka_bootstrap_servers == "embedded:1"
    assert settings.kafka_security_protocol == "PLAINTEXT"
    assert settings.kafka_sasl_username is None
    assert settings.truesend_topic_prefix == ""
