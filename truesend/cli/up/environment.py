"""The environment that each service of the local stack gets. It replaces the whole of ours.

The demo's services inherit no setting: whoever has the variables of a real installation in the shell must not find the
demo working on it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from truesend.cli.local.ports import LOOPBACK
from truesend.settings import KafkaSettings, Settings, load_kafka_settings, load_settings

# The embedded broker's groups wait for half of this before a member gets its partitions.
_SESSION_TIMEOUT_MS = 2000
_PARTITIONS = 3

# Short, so that what a visitor does to the simulated gateway shows within seconds.
_DEMO_PACE = {
    "STATUS_TIMEOUT_S": "3",
    "VERIFY_SWEEP_S": "10",
    "VERIFY_FRESHNESS_S": "2",
    "BACKOFF_BASE_S": "2",
}


# What the embedded servers' addresses look like before they are known.
_SOME_DATABASE = f"postgres://{LOOPBACK}/truesend"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each part listens, on the loopback address. ``gateway`` is 0 where there is no simulated one."""

    api: int
    verifier: int
    sender: int
    gateway: int


def kafka_settings(bootstrap_servers: str) -> KafkaSettings:
    """Return the settings for the embedded broker, whatever the shell's own variables say."""
    return load_kafka_settings(**_kafka_values(bootstrap_servers))


def require_gateway_and_auth() -> None:
    """Check what `--no-demo` leaves to the user's environment. Raises SettingsError."""
    settings = load_settings(**_kafka_values(f"{LOOPBACK}:9092"), database_url=_SOME_DATABASE, api_host=LOOPBACK)
    settings.require_auth()


def _kafka_values(bootstrap_servers: str) -> dict[str, object]:
    defaults = {name: field.get_default() for name, field in KafkaSettings.model_fields.items()}
    return defaults | {
        "kafka_bootstrap_servers": bootstrap_servers,
        "kafka_topic_partitions": _PARTITIONS,
        "kafka_session_timeout_ms": _SESSION_TIMEOUT_MS,
    }


def embedded(database_url: str, bootstrap_servers: str, ports: Ports) -> dict[str, str]:
    """Return the variables that lead the services to the embedded servers and to their own ports."""
    return {
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "KAFKA_SESSION_TIMEOUT_MS": str(_SESSION_TIMEOUT_MS),
        "API_HOST": LOOPBACK,
        "API_PORT": str(ports.api),
        "HEALTH_HOST": LOOPBACK,
        # Ctrl-C ends everything within ten seconds, of which the servers need some.
        "SHUTDOWN_GRACE_S": "5",
    }


def demo(ports: Ports, *, gateway_key: str, api_keys: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make the simulated gateway and the demo's two organisations known."""
    return _DEMO_PACE | {
        "GATEWAY_KIND": "vps",
        "GATEWAY_URL": f"http://{LOOPBACK}:{ports.gateway}",
        "GATEWAY_API_KEY": gateway_key,
        "AUTH_MODE": "api_key",
        "API_KEYS": json.dumps(dict(api_keys)),
    }


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what is no setting of ours, and no variable by which a database client is sent elsewhere."""
    return {name: value for name, value in environment.items() if not _is_setting(name)}


def without_embedded(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what does not concern the servers that are embedded."""
    return {name: value for name, value in environment.items() if not _is_of_a_server(name)}


def _is_setting(name: str) -> bool:
    return name.lower() in Settings.model_fields or name.startswith("SIMULATOR_") or _is_of_a_server(name)


def _is_of_a_server(name: str) -> bool:
    return name.startswith(("DATABASE_", "KAFKA_", "TRUESEND_TOPIC_PREFIX", "PG", "API_HOST", "API_PORT", "HEALTH_"))
