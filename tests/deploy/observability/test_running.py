"""What the running services tell is what rules, dashboard and documentation speak of; a real Prometheus is asked."""

import asyncio
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.deploy.observability.files import METRICS_PAGE, alerts, grouped_by, panels, selected
from tests.deploy.observability.observed import Observed, observe
from tests.harness.prometheus import required_program
from tests.harness.shared import SharedKafka, SharedPostgres

pytestmark = pytest.mark.xdist_group("observability")  # one stack, for all of them
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", re.IGNORECASE)
_ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|(.*?)\|(.*?)\|.+\|$", re.MULTILINE)


@pytest.fixture(scope="module")
def observed(kafka: SharedKafka, postgres: SharedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    required_program("prometheus")
    folder: Path = tmp_path_factory.mktemp("observed")
    return asyncio.run(observe(kafka, postgres, folder))


def labels_of(observed: Observed) -> Mapping[str, set[str]]:
    """The labels of each series' name."""
    labels: dict[str, set[str]] = {}
    for series in observed.series:
        labels.setdefault(series["__name__"], set()).update(series.keys() - {"__name__"})
    return labels


def test_promtool_finds_nothing_to_say_of_what_the_services_tell(observed: Observed) -> None:
    for service, text in observed.exposed.items():
        ran = subprocess.run(
            [required_program("promtool"), "check", "metrics"], input=text, capture_output=True, text=True
        )
        assert (ran.returncode, ran.stderr) == (0, ""), service


def test_rules_and_panels_ask_for_what_is_told_and_by_labels_that_it_has(observed: Observed) -> None:
    labels = labels_of(observed)
    asked = [*(alert["expr"] for alert in alerts()), *(panel.expression for panel in panels())]

    for expression in asked:
        known: set[str] = set()
        for name, by in selected(expression):
            assert name in labels, f"{name} in {expression}"
            assert by <= labels[name], f"{by - labels[name]} in {expression}"
            known |= labels[name]
        assert grouped_by(expression) <= known, expression
    assert len(asked) > 60


def test_every_query_of_the_dashboard_has_a_result(observed: Observed) -> None:
    empty = {panel.title for panel, result in observed.results if not result}

    assert empty == set()


def test_every_rule_is_evaluated_without_an_error(observed: Observed) -> None:
    assert {rule["name"] for rule in observed.rules} == {alert["alert"] for alert in alerts()}
    assert [rule for rule in observed.rules if rule["health"] != "ok"] == []


def test_an_installation_that_is_well_raises_no_alarm(observed: Observed) -> None:
    raised = {rule["name"] for rule in observed.rules if rule["state"] != "inactive"}

    assert raised <= {"TruesendUnconfirmedWaitForAPerson"}  # one message does, or is about to


def test_what_is_told_is_true_after_a_sender_was_killed(observed: Observed) -> None:
    assert observed.figures == {"unconfirmed": 1, "held": 1, "due": 0}


def test_no_label_holds_an_id(observed: Observed) -> None:
    values = {value for series in observed.series for value in series.values()}

    assert {value for value in values if _UUID.search(value)} == set()
    assert len(observed.series) < 2_500


def test_the_page_of_metrics_has_each_one_with_its_type_its_labels_and_who_tells_it(observed: Observed) -> None:
    told: dict[str, tuple[str, set[str], set[str]]] = {}
    for service, text in observed.exposed.items():
        for family in text_string_to_metric_families(text):
            if not family.name.startswith("truesend_"):
                continue
            name = f"{family.name}_total" if family.type == "counter" else family.name
            _, labels, services = told.setdefault(name, (family.type, set(), set()))
            labels |= {label for sample in family.samples for label in sample.labels} - {"le"}
            services.add(service)

    page = {
        name: (kind, _words(labels), _words(services))
        for name, kind, labels, services in _ROW.findall(METRICS_PAGE.read_text())
    }

    assert page.keys() == told.keys()
    for name, (kind, labels, services) in told.items():
        assert page[name][0] == kind, name
        assert page[name][2] == services, name
        # one that has not happened yet has no labels to be seen
        assert not labels or page[name][1] == labels, name


def _words(cell: str) -> set[str]:
    return set(re.findall(r"\w+", cell))
