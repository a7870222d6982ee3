"""The files under deploy/ that a Prometheus and a Grafana read, and the pages that belong to them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy/prometheus/truesend.rules.yml"
RULE_TESTS = ROOT / "deploy/prometheus/truesend.rules.test.yml"
DASHBOARD = ROOT / "deploy/grafana/dashboards/truesend.json"
METRICS_PAGE = ROOT / "docs/operating/metrics.md"
RUNBOOKS = ROOT / "docs/operating/runbooks.md"

_SELECTOR = re.compile(r"\b((?:truesend|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?")
_GROUPING = re.compile(r"\b(?:by|on) \(([^)]*)\)")
_LABEL = re.compile(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"")


@dataclass(frozen=True, slots=True)
class Panel:
    """A query of the dashboard, with what Grafana puts in for its variables."""

    title: str
    expression: str

    @property
    def asked(self) -> str:
        """As Prometheus is asked."""
        return self.expression.replace("$__rate_interval", "1m").replace("$gateway", ".*")


def dashboard() -> dict[str, Any]:
    """The dashboard."""
    read: dict[str, Any] = orjson.loads(DASHBOARD.read_bytes())
    return read


def panels() -> list[Panel]:
    """Every query."""
    return [
        Panel(panel["title"], target["expr"])
        for panel in dashboard()["panels"]
        if panel["type"] != "row"
        for target in panel["targets"]
    ]


def alerts() -> list[dict[str, Any]]:
    """Every alert rule."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def selected(expression: str) -> Iterator[tuple[str, set[str]]]:
    """The metrics that an expression asks for, each with the labels that it is asked by."""
    for name, matchers in _SELECTOR.findall(expression):
        yield name, set(_LABEL.findall(matchers))


def grouped_by(expression: str) -> set[str]:
    """The labels that it groups or joins by, but for a histogram's own."""
    return {name.strip() for names in _GROUPING.findall(expression) for name in names.split(",") if name.strip()}
