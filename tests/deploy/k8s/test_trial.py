"""The trial's settings, keys and rows, given to real services: its page shows what docs/install/kubernetes.md says."""

import json
from urllib.parse import urlsplit

import aiohttp

from simulator.demo import install_demo
from simulator.server import Simulator
from simulator.world import World
from tests.deploy.k8s.manifests import K8S
from tests.deploy.k8s.test_agreement import KIND, decoded, told
from tests.harness.databases import Database
from tests.harness.fixtures import StartService
from tests.harness.shared import SharedKafka
from tests.harness.waiting import until
from truesend.broker.topics import create_topics
from truesend.settings import KafkaSettings

# The pod's own, where each has an address to itself.
_ADDRESSES = {"API_HOST", "API_PORT", "HEALTH_HOST", "HEALTH_PORT"}
_SHOWN = {"Front desk": "connected", "Says connected, is dead": "disconnected", "Its gateway hangs": "cannot_verify"}


async def test_the_trial_shows_one_session_that_is_connected_one_that_is_not_and_one_that_cannot_be_verified(
    database: Database, kafka: SharedKafka, topic_prefix: str, start_service: StartService
) -> None:
    world = World()
    install_demo(world)
    variables = {service: _as_a_pod_is_told(service) for service in ("api", "verifier", "sender")}
    gateway_key, (api_key,) = variables["api"]["GATEWAY_API_KEY"], json.loads(variables["api"]["API_KEYS"])
    partitions = int(variables["api"]["KAFKA_TOPIC_PARTITIONS"])
    async with Simulator.running(api_key=gateway_key, world=world) as simulator:
        here = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "DATABASE_URL": database.url,
            "GATEWAY_URL": simulator.url,
            "TRUESEND_TOPIC_PREFIX": topic_prefix,
        }
        await create_topics(
            KafkaSettings(
                kafka_bootstrap_servers=kafka.bootstrap_servers,
                kafka_topic_partitions=partitions,
                truesend_topic_prefix=topic_prefix,
            )
        )
        connection = await database.connect()
        try:
            await connection.execute((K8S / KIND / "demo.sql").read_text())
        finally:
            await connection.close()
        services = {name: await start_service(name, told_to | here) for name, told_to in variables.items()}

        async def all_shown() -> dict[str, str] | None:
            async with (
                aiohttp.ClientSession(headers={"X-API-Key": api_key}) as client,
                client.get(f"{services['api'].url}/v1/sessions") as answer,
            ):
                shown = {row["display_name"]: row["badge"] for row in (await answer.json())["items"]}
            return shown if shown == _SHOWN else None

        await until(all_shown, 40, "the page shows what is true")


def _as_a_pod_is_told(service: str) -> dict[str, str]:
    variables = {name: decoded(name, value) for name, value in told(KIND, service).items()}
    assert urlsplit(variables["DATABASE_URL"]).hostname == "postgres"
    return {name: value for name, value in variables.items() if name not in _ADDRESSES}
