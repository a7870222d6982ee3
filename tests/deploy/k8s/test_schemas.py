"""Every object is one that Kubernetes, KEDA and the Prometheus operator take; and a wrong one is refused."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.k8s.manifests import (
    BUILDS,
    NEWEST,
    OLDEST,
    Manifest,
    built,
    named,
    what_kubeconform_says,
    write_schemas,
)

pytestmark = pytest.mark.xdist_group("kubeconform")


@pytest.fixture(scope="module", params=[OLDEST, NEWEST])
def schemas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(f"kubernetes-{request.param}")
    write_schemas(request.param, folder, everything())
    return folder


def everything() -> list[Manifest]:
    return [manifest for build in BUILDS for manifest in built(build)]


def test_every_object_fits_its_schema(schemas: Path) -> None:
    assert what_kubeconform_says(everything(), schemas) == ""


def misspell_a_field(manifest: Any) -> None:
    manifest["spec"]["template"]["spec"]["automountServiceAcountToken"] = False


def make_a_port_a_word(manifest: Any) -> None:
    manifest["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = "eight thousand"


def forget_the_target(manifest: Any) -> None:
    del manifest["spec"]["scaleTargetRef"]


def invent_a_field(manifest: Any) -> None:
    manifest["spec"]["podMetricsEndpoints"][0]["route"] = "/metrics"


def forget_an_alerts_expression(manifest: Any) -> None:
    del manifest["spec"]["groups"][0]["rules"][0]["expr"]


@pytest.mark.parametrize(
    ("kind", "name", "break_it"),
    [
        ("Deployment", "truesend-api", misspell_a_field),
        ("Deployment", "truesend-api", make_a_port_a_word),
        ("ScaledObject", "truesend-sender", forget_the_target),
        ("PodMonitor", "truesend", invent_a_field),
        ("PrometheusRule", "truesend", forget_an_alerts_expression),
    ],
)
def test_a_wrong_object_is_refused(schemas: Path, kind: str, name: str, break_it: Callable[[Any], None]) -> None:
    wrong = deepcopy(named(built("overlays/production"), kind, name))
    assert what_kubeconform_says([wrong], schemas) == ""
    break_it(wrong)
    assert name in what_kubeconform_says([wrong], schemas)


def test_an_object_without_a_schema_is_refused(schemas: Path) -> None:
    unknown = {"apiVersion": "truesend/v1", "kind": "Truesend", "metadata": {"name": "unknown"}}
    assert "could not find schema" in what_kubeconform_says([unknown], schemas)
