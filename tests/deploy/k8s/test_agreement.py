"""The manifests say what the code says: settings, topics, groups, ports, and gateways."""

import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from services.api.request_log import QUIET
from services.verifier.standing import DUE, MOST
from tests.deploy.k8s.manifests import K8S, ROOT, Manifest, built, containers, named, of_kind, pods, settings_of
from tests.deploy.observability.files import alerts
from tests.harness.databases import Database
from truesend.contracts.channels import CHANNELS
from truesend.gateways.configured import gateway_configs
from truesend.settings import Settings, load_settings
from truesend.store.migrations import migrate_async

PRODUCTION, KIND = "overlays/production", "overlays/kind"
KEYS_OF_THE_FILE = {"WAHA_KEY": "canary", "WAHA_WEBHOOK_SECRET": "canary"}
NOBODY = "truesend-nobody"
both_overlays = pytest.mark.parametrize("overlay", [PRODUCTION, KIND])


@pytest.fixture(autouse=True)
def only_what_a_test_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def told(overlay: str, service: str) -> dict[str, str]:
    """Every variable that a service is told by what is here: the ConfigMaps, the Secrets, its own."""
    manifests = built(overlay)
    stored = {
        (each["kind"], each["metadata"]["name"]): each.get("data", {}) | each.get("stringData", {})
        for each in manifests
        if each["kind"] in {"ConfigMap", "Secret"}
    }
    (container,) = [each for name, each in containers(manifests) if name == f"Deployment/truesend-{service}/{service}"]
    variables: dict[str, str] = {}
    for source in container["envFrom"]:
        (kind, reference), *_ = source.items()
        variables |= stored.get(({"configMapRef": "ConfigMap", "secretRef": "Secret"}[kind], reference["name"]), {})
    return variables | {variable["name"]: variable["value"] for variable in container.get("env", ())}


@both_overlays
def test_every_variable_is_one_of_the_settings(overlay: str) -> None:
    known = {name.upper() for name in Settings.model_fields}
    for service in ("api", "verifier", "sender"):
        assert set(told(overlay, service)) <= known


@pytest.mark.parametrize("service", ["api", "verifier", "sender"])
def test_what_the_trial_tells_a_service_is_all_that_it_needs(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in told(KIND, service).items():
        monkeypatch.setenv(name, decoded(name, value))
    settings = load_settings()
    assert (settings.api_port, settings.health_port) == (8000, 8000)
    if service == "api":
        settings.require_auth()


def decoded(name: str, value: str) -> str:
    """A Secret's data are in base64, a ConfigMap's are not."""
    in_secrets = {"DATABASE_URL", "API_KEYS", "GATEWAY_API_KEY"}
    return b64decode(value).decode() if name in in_secrets else value


def test_how_production_comes_to_kafka_and_to_gateways_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = settings_of(built(PRODUCTION)) | KEYS_OF_THE_FILE
    variables |= {"KAFKA_SASL_USERNAME": "somebody", "KAFKA_SASL_PASSWORD": "canary"}
    variables |= {"DATABASE_URL": "postgres://truesend@postgres.example/crm"}
    variables |= {"GATEWAYS_FILE": str(K8S / PRODUCTION / "gateways.toml")}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert settings.kafka_security_protocol == "SASL_SSL"
    assert [config.name for config in gateway_configs(settings)] == ["main"]


def test_the_files_that_settings_name_are_mounted_there() -> None:
    variables = settings_of(built(PRODUCTION))
    for name, pod in pods(built(PRODUCTION)):
        (container,) = pod["spec"]["containers"]
        if {"configMapRef"} & {kind for source in container["envFrom"] for kind in source}:
            mounted = tuple(f"{mount['mountPath']}/" for mount in container["volumeMounts"])
            wanted = ["KAFKA_SSL_CAFILE"] if name.startswith("Job/") else ["KAFKA_SSL_CAFILE", "GATEWAYS_FILE"]
            assert all(variables[setting].startswith(mounted) for setting in wanted), name


def test_the_page_names_every_secret_that_somebody_has_to_make() -> None:
    page = (ROOT / "docs/install/kubernetes.md").read_text()
    documented = set(re.findall(r"^ +\| `(truesend-[a-z-]+)` \|", page, re.MULTILINE))
    wanted = {
        reference["name"]
        for _, container in containers(built(PRODUCTION))
        for source in container["envFrom"]
        for kind, reference in source.items()
        if kind == "secretRef"
    }
    mounted = {
        volume["secret"]["secretName"]
        for _, pod in pods(built(PRODUCTION))
        for volume in pod["spec"]["volumes"]
        if "secret" in volume
    }
    assert documented == wanted | mounted


def test_what_is_scaled_by_is_what_a_service_reads() -> None:
    groups = {(reader.service, channel.topic.name, reader.group) for channel in CHANNELS for reader in channel.readers}
    scaled = {
        (
            each["metadata"]["name"].removeprefix("truesend-"),
            trigger["metadata"]["topic"],
            trigger["metadata"]["consumerGroup"],
        )
        for each in of_kind(built(PRODUCTION), "ScaledObject")
        for trigger in each["spec"]["triggers"]
        if trigger["type"] == "kafka"
    }
    assert scaled == {group for group in groups if group[0] in {"verifier", "sender"}}


def test_a_queue_as_long_as_can_be_told_brings_as_many_senders_as_there_may_be() -> None:
    scaled = named(built(PRODUCTION), "ScaledObject", "truesend-sender")["spec"]
    (queue,) = [trigger["metadata"] for trigger in scaled["triggers"] if trigger["type"] == "prometheus"]

    assert queue["query"] == f"max({DUE})"
    assert int(queue["threshold"]) * scaled["maxReplicaCount"] <= MOST


def test_nobody_is_scaled_past_half_of_the_partitions_nor_told_by_two_how_many_there_are() -> None:
    partitions = int(settings_of(built(PRODUCTION))["KAFKA_TOPIC_PARTITIONS"])
    deployments = {each["metadata"]["name"]: each["spec"] for each in of_kind(built(PRODUCTION), "Deployment")}
    for scaled in of_kind(built(PRODUCTION), "ScaledObject"):
        name = scaled["spec"]["scaleTargetRef"]["name"]
        assert "replicas" not in deployments[name]
        if name != "truesend-api":
            assert scaled["spec"]["maxReplicaCount"] * 2 <= partitions


def test_who_scales_comes_to_kafka_as_the_services_do() -> None:
    variables = settings_of(built(PRODUCTION))
    (authentication,) = of_kind(built(PRODUCTION), "TriggerAuthentication")
    told_of = {(each["parameter"], each["name"], each["key"]) for each in authentication["spec"]["secretTargetRef"]}
    assert told_of == {
        ("username", "truesend-kafka", "KAFKA_SASL_USERNAME"),
        ("password", "truesend-kafka", "KAFKA_SASL_PASSWORD"),
        ("ca", "truesend-kafka-tls", Path(variables["KAFKA_SSL_CAFILE"]).name),
    }
    for scaled in of_kind(built(PRODUCTION), "ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            if trigger["type"] == "kafka":
                mechanism = trigger["metadata"]["sasl"].replace("_sha", "-sha-").upper()
                assert mechanism == variables["KAFKA_SASL_MECHANISM"]
                assert (trigger["metadata"]["tls"] == "enable") is variables["KAFKA_SECURITY_PROTOCOL"].endswith("SSL")


def test_every_service_and_monitor_finds_pods_with_that_port() -> None:
    for overlay in (PRODUCTION, KIND):
        found = list(pods(built(overlay)))
        for service in of_kind(built(overlay), "Service"):
            if service["metadata"]["name"] == NOBODY:
                continue
            chosen = [pod for _, pod in found if _chooses(service["spec"]["selector"], pod)]
            assert len(chosen) == 1, service["metadata"]["name"]
            names = {port["name"] for port in chosen[0]["spec"]["containers"][0]["ports"]}
            assert {port["targetPort"] for port in service["spec"]["ports"]} <= names
    monitor = named(built(PRODUCTION), "PodMonitor", "truesend")
    assert {endpoint["port"] for endpoint in monitor["spec"]["podMetricsEndpoints"]} == {"http"}


def test_what_wants_no_key_leads_to_nobody_from_outside() -> None:
    (ingress,) = of_kind(built(PRODUCTION), "Ingress")
    (rule,) = ingress["spec"]["rules"]
    services = {(path["path"], path["backend"]["service"]["name"]) for path in rule["http"]["paths"]}

    assert services == {("/", "truesend-api")} | {(path, NOBODY) for path in QUIET}
    assert {path["pathType"] for path in rule["http"]["paths"]} == {"Prefix"}
    assert "selector" not in named(built(PRODUCTION), "Service", NOBODY)["spec"]


def test_what_is_scraped_is_called_what_alerts_and_dashboard_ask_for() -> None:
    """The operator calls the job of a PodMonitor NAMESPACE/NAME, unless it is told otherwise."""
    (endpoint,) = named(built(PRODUCTION), "PodMonitor", "truesend")["spec"]["podMetricsEndpoints"]
    (rule,) = [each for each in endpoint.get("relabelings", ()) if each["targetLabel"] == "job"]
    components = [
        pod["metadata"]["labels"]["app.kubernetes.io/component"]
        for name, pod in pods(built(PRODUCTION))
        if name.startswith("Deployment/")
    ]

    asked_for = set(re.findall(r'job="(truesend-\w+)"', " ".join(alert["expr"] for alert in alerts())))
    assert rule["sourceLabels"] == ["__meta_kubernetes_pod_label_app_kubernetes_io_component"]
    assert {rule["replacement"].replace("${1}", component) for component in components} == asked_for


def test_network_policies_let_through_what_is_needed_and_their_ports_are_there() -> None:
    policies = of_kind(built(PRODUCTION), "NetworkPolicy")
    (nothing,) = [policy for policy in policies if not {"ingress", "egress"} & set(policy["spec"])]
    assert set(nothing["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    pods_of_ours = list(pods(built(PRODUCTION)))
    assert all(_chooses(nothing["spec"]["podSelector"]["matchLabels"], pod) for _, pod in pods_of_ours)
    for policy in policies:
        for rule in policy["spec"].get("ingress", ()):
            assert rule["ports"] == [{"port": "http"}], policy["metadata"]["name"]
            assert rule["from"], policy["metadata"]["name"]
    leaves = [port for policy in policies for rule in policy["spec"].get("egress", ()) for port in rule["ports"]]
    kafka = [
        int(server.rpartition(":")[2])
        for server in settings_of(built(PRODUCTION))["KAFKA_BOOTSTRAP_SERVERS"].split(",")
    ]
    for port in (*kafka, 5432, 6432, 6543, 443, 53):
        assert any(_covers(each, port) for each in leaves), port


def test_what_jobs_need_is_applied_before_the_services() -> None:
    """`kubectl apply -l truesend/rollout=before`: docs/install/kubernetes.md"""
    for overlay in (PRODUCTION, KIND):
        first = {
            (each["kind"], each["metadata"]["name"])
            for each in built(overlay)
            if each["metadata"].get("labels", {}).get("truesend/rollout") == "before"
        }
        made_here = {(each["kind"], each["metadata"]["name"]) for each in built(overlay)}
        for name, pod in pods(built(overlay)):
            if name.startswith(("Job/truesend-migrate", "Job/truesend-topics")):
                assert tuple(name.split("/")) in first
                assert _needs(pod) & made_here <= first, name
        assert "Deployment" not in {kind for kind, _ in first}


async def test_the_trials_sessions_may_be_written_twice(empty_database: Database) -> None:
    await migrate_async(empty_database.url)
    connection = await empty_database.connect()
    try:
        for _ in range(2):
            await connection.execute((K8S / KIND / "demo.sql").read_text())
        assert await connection.fetchval("SELECT count(*) FROM whatsapp_sessions") == 3
        assert await connection.fetchval("SELECT count(*) FROM scheduled_whatsapp_messages") == 3
        organization = await connection.fetchval("SELECT DISTINCT organization_id FROM whatsapp_sessions")
    finally:
        await connection.close()
    assert str(organization) in (K8S / KIND / "api-keys.env").read_text()


def _chooses(selector: Any, pod: Manifest) -> bool:
    return bool(set(selector.items()) <= set(pod["metadata"]["labels"].items()))


def _covers(rule: Any, port: int) -> bool:
    return bool(rule["port"] <= port <= rule.get("endPort", rule["port"]))


def _needs(pod: Manifest) -> set[tuple[str, str]]:
    """What a pod can't start without, of those that can be made here."""
    (container,) = pod["spec"]["containers"]
    kinds = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
    needed = {(kinds[kind], reference["name"]) for source in container["envFrom"] for kind, reference in source.items()}
    if "serviceAccountName" in pod["spec"]:
        needed.add(("ServiceAccount", pod["spec"]["serviceAccountName"]))
    return needed
