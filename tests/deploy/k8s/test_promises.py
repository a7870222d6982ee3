"""What the manifests promise to whoever runs them."""

import re

import pytest

from tests.deploy.k8s.manifests import BUILDS, built, containers, of_kind, pods, settings_of
from tools.manifests import stale
from truesend.settings import Settings

SERVICES = ("api", "verifier", "sender")
_SECONDS_TO_SPARE = 5.0

every_build = pytest.mark.parametrize("build", BUILDS)


@every_build
def test_nothing_runs_as_root_or_may_become_more_than_it_is(build: str) -> None:
    for name, pod in pods(built(build)):
        context = pod["spec"]["securityContext"]
        assert context["runAsNonRoot"] is True, name
        assert context["runAsUser"] > 0, name
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod["spec"]), name
    for name, container in containers(built(build)):
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False, name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert "privileged" not in context, name


@every_build
def test_no_root_file_system_of_ours_can_be_written(build: str) -> None:
    for name, container in containers(built(build)):
        if "truesend" in container["image"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name


@every_build
def test_no_pod_holds_a_key_to_the_cluster_or_variables_that_nobody_wrote(build: str) -> None:
    for name, pod in pods(built(build)):
        assert pod["spec"]["automountServiceAccountToken"] is False, name
        assert pod["spec"]["enableServiceLinks"] is False, name
    for account in of_kind(built(build), "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


@every_build
def test_every_container_says_what_it_needs_and_has_a_limit_to_its_memory(build: str) -> None:
    for name, container in containers(built(build)):
        assert set(container["resources"]["requests"]) == {"cpu", "memory"}, name
        assert "memory" in container["resources"]["limits"], name


@every_build
def test_every_container_that_goes_on_running_is_asked_how_it_is(build: str) -> None:
    for name, container in containers(built(build)):
        if not name.startswith("Job/"):
            assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container), name


def test_services_are_asked_at_our_health_routes_and_given_the_time_to_answer() -> None:
    for name, container in containers(built("base")):
        if name.startswith("Deployment/"):
            paths = [container[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")]
            assert paths == ["/healthz", "/healthz", "/readyz"], name
            assert container["readinessProbe"]["timeoutSeconds"] > 3, name


@every_build
def test_every_image_is_of_one_version(build: str) -> None:
    for name, container in containers(built(build)):
        _, _, tag = container["image"].partition(":")
        assert re.search(r"\d+\.\d+", tag), f"{name}: {container['image']}"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_that_is_told_to_end_has_the_time_that_it_takes(service: str) -> None:
    (pod,) = [pod for name, pod in pods(built("base")) if name == f"Deployment/truesend-{service}"]
    (container,) = pod["spec"]["containers"]
    own = {variable["name"]: variable["value"] for variable in container.get("env", ())}
    grace_s = float(own.get("SHUTDOWN_GRACE_S", Settings.model_fields["shutdown_grace_s"].default))
    before_s = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    assert pod["spec"]["terminationGracePeriodSeconds"] >= before_s + grace_s + _SECONDS_TO_SPARE


def test_a_rollout_lets_the_senders_finish_what_is_at_a_gateway() -> None:
    (container,) = [each for name, each in containers(built("base")) if name == "Deployment/truesend-sender/sender"]
    own = {variable["name"]: float(variable["value"]) for variable in container["env"]}
    longest_s = (
        Settings.model_fields["send_timeout_s"].default + Settings.model_fields["gateway_connect_timeout_s"].default
    )
    assert own["SHUTDOWN_GRACE_S"] > longest_s


def test_a_rollout_takes_none_away_before_another_is_ready() -> None:
    for deployment in of_kind(built("overlays/production"), "Deployment"):
        assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_every_service_keeps_all_but_one_while_nodes_are_drained() -> None:
    budgets = of_kind(built("base"), "PodDisruptionBudget")
    labels = [
        deployment["spec"]["template"]["metadata"]["labels"] for deployment in of_kind(built("base"), "Deployment")
    ]
    for budget in budgets:
        wanted = budget["spec"]["selector"]["matchLabels"]
        assert [set(wanted.items()) <= set(each.items()) for each in labels].count(True) == 1
        assert budget["spec"]["maxUnavailable"] == 1
    assert len(budgets) == len(labels) == len(SERVICES)


def test_no_secret_is_in_what_is_for_production() -> None:
    assert of_kind(built("overlays/production"), "Secret") == []
    assert of_kind(built("base"), "Secret") == []
    assert not {"PASSWORD", "SECRET", "KEY"} & {
        name.rpartition("_")[2] for name in settings_of(built("overlays/production"))
    }


def test_what_is_made_of_other_files_is_as_they_are() -> None:
    assert stale() == [], "make manifests"
