"""What deploy/k8s has of other files: the alert rules as the Prometheus operator wants them, and the version.

Run by `make manifests`; with ``--check`` it says what is stale, and changes nothing.
"""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
COMPONENTS = ROOT / "deploy/k8s/components"
RULES = ROOT / "deploy/prometheus/truesend.rules.yml"
MADE_BY = "# Made by `make manifests` of {source}; change that.\n"
JOBS = ("migrate", "topics")


def made() -> dict[Path, str]:
    """Each file that is made, and what it should hold."""
    return {
        COMPONENTS / "monitoring/prometheus-rule.yaml": _prometheus_rule(),
        COMPONENTS / "version/kustomization.yaml": _version(),
    }


def stale() -> list[str]:
    """Those that hold something else."""
    return [
        str(file.relative_to(ROOT))
        for file, content in made().items()
        if not file.exists() or file.read_text() != content
    ]


def _prometheus_rule() -> str:
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "truesend"},
        "spec": yaml.safe_load(RULES.read_text()),
    }
    return MADE_BY.format(source="deploy/prometheus/truesend.rules.yml") + _yaml(rule)


def _version() -> str:
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    # A Job can't be changed: one of a new version needs a new name, in which Kubernetes wants no dots.
    suffix = version.replace(".", "-").replace("+", "-").lower()
    component = {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "images": [{"name": "truesend", "newTag": version}],
        "patches": [
            {
                "target": {"kind": "Job", "name": f"truesend-{job}"},
                "options": {"allowNameChange": True},
                "patch": _yaml([{"op": "replace", "path": "/metadata/name", "value": f"truesend-{job}-{suffix}"}]),
            }
            for job in JOBS
        ],
    }
    return MADE_BY.format(source="the version in pyproject.toml") + _yaml(component)


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)


def main(arguments: Sequence[str]) -> int:
    """Write the files, or say which are stale. Returns the exit code."""
    if "--check" in arguments:
        for name in stale():
            print(f"{name} is stale: make manifests")
        return 1 if stale() else 0
    for file, content in made().items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
