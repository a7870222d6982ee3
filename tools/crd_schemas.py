"""The schemas of operators' own kinds, from their Go modules: descriptions left out, unknown fields refused.

go mod download github.com/kedacore/keda/v2@v2.21.0 github.com/prometheus-operator/prometheus-operator@v0.85.0
python -m tools.crd_schemas "$(go env GOMODCACHE)"
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

SCHEMAS = Path(__file__).parents[1] / "tests/deploy/k8s/schemas"
KEDA = "github.com/kedacore/keda/v2@v2.21.0"
PROMETHEUS = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
LICENCE = "Apache-2.0"
FILES = (
    (KEDA, "config/crd/bases/keda.sh_scaledobjects.yaml"),
    (KEDA, "config/crd/bases/keda.sh_triggerauthentications.yaml"),
    (PROMETHEUS, "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"),
    (PROMETHEUS, "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"),
)


def schemas_in(crd: Mapping[str, Any], source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each version's schema under the name that kubeconform asks for."""
    kind, group = crd["spec"]["names"]["kind"].lower(), crd["spec"]["group"].split(".")[0]
    for version in crd["spec"]["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        yield f"{kind}-{group}-{version['name']}.json", {"$comment": f"{source}, {LICENCE}", **schema}


def strict(schema: Any) -> Any:
    """The same without descriptions, refusing what it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: part for name, part in schema.items() if name != "description" or not isinstance(part, str)}
    kept = {name: _properties(part) if name == "properties" else strict(part) for name, part in kept.items()}
    if kept.pop("x-kubernetes-int-or-string", False):
        kept = {name: part for name, part in kept.items() if name not in {"anyOf", "pattern"}}
        return kept | {"type": ["integer", "string"]}
    open_ended = kept.get("x-kubernetes-preserve-unknown-fields", False)
    if "properties" in kept and "additionalProperties" not in kept and not open_ended:
        kept["additionalProperties"] = False
    return {name: part for name, part in kept.items() if not name.startswith("x-kubernetes")}


def _properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: strict(part) for name, part in properties.items()}


def main(modules: Path) -> None:
    """Write them all."""
    for module, file in FILES:
        crd = yaml.safe_load((modules / module / file).read_text())
        for name, schema in schemas_in(crd, f"{module}/{file}"):
            (SCHEMAS / name).write_text(json.dumps(schema, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
