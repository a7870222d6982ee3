"""The manifests as kustomize builds them, and the schemas that they are checked with."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import yaml

ROOT = Path(__file__).parents[3]
K8S = ROOT / "deploy/k8s"
BUILDS = ("base", "overlays/kind", "overlays/production")
OLDEST, NEWEST = "1.30.0", "1.37.0"
TOOLS = Path(sys.prefix) / "deploy-tools"
OPERATORS_SCHEMAS = Path(__file__).parent / "schemas"
_KUBERNETES = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema"
_WITH_PODS = {"Deployment", "StatefulSet", "Job"}

Manifest = Mapping[str, Any]


@cache
def built(folder: str) -> list[Manifest]:
    """All objects of a base or overlay."""
    return build(K8S / folder)


def build(folder: Path) -> list[Manifest]:
    """All objects of a folder with a kustomization. Raises AssertionError with kustomize's own words."""
    result = subprocess.run(
        [str(TOOLS / "kustomize"), "build", str(folder)], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    return [manifest for manifest in yaml.safe_load_all(result.stdout) if manifest]


def of_kind(manifests: Sequence[Manifest], kind: str) -> list[Manifest]:
    return [manifest for manifest in manifests if manifest["kind"] == kind]


def named(manifests: Sequence[Manifest], kind: str, name: str) -> Manifest:
    """The one of that kind whose name begins so; kustomize puts a hash behind some."""
    (found,) = [each for each in of_kind(manifests, kind) if each["metadata"]["name"].startswith(name)]
    return found


def pods(manifests: Sequence[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Each pod's template, with the name of what makes it."""
    for manifest in manifests:
        if manifest["kind"] in _WITH_PODS:
            yield f"{manifest['kind']}/{manifest['metadata']['name']}", manifest["spec"]["template"]


def containers(manifests: Sequence[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Each container, with the name of what makes it."""
    for name, pod in pods(manifests):
        for container in [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]:
            yield f"{name}/{container['name']}", container


def settings_of(manifests: Sequence[Manifest]) -> dict[str, str]:
    """What the services' ConfigMap tells them."""
    (found,) = [
        each["data"] for each in of_kind(manifests, "ConfigMap") if "KAFKA_BOOTSTRAP_SERVERS" in each.get("data", {})
    ]
    return dict(found)


def what_kubeconform_says(manifests: Sequence[Manifest], schemas: Path) -> str:
    """Nothing where every object fits its schema, else which doesn't and why."""
    result = subprocess.run(
        [
            str(TOOLS / "kubeconform"),
            "-strict",
            "-schema-location",
            f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
            "-schema-location",
            f"{OPERATORS_SCHEMAS}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
            "-",
        ],
        input=yaml.safe_dump_all(manifests),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return result.stdout + result.stderr


def write_schemas(version: str, folder: Path, manifests: Sequence[Manifest]) -> None:
    """Kubernetes' own schemas of what is in ``manifests``, with references that lead to the file beside them."""
    source = _KUBERNETES / f"v{version}-local-strict"
    for name in {_schema_name(manifest) for manifest in manifests} | {"_definitions.json"}:
        if (source / name).exists():
            schema = json.loads((source / name).read_text())
            schema.pop("$id", None)
            (folder / name).write_text(json.dumps(schema).replace("/api/_definitions.json", "_definitions.json"))


def _schema_name(manifest: Manifest) -> str:
    group, _, version = manifest["apiVersion"].rpartition("/")
    parts = [manifest["kind"].lower(), *([group.split(".")[0]] if group else []), version]
    return f"{'-'.join(parts)}.json"
