"""Rules and dashboard as files: promtool takes them, and each alert says what it is and where to read on."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import typer
import yaml

from tests.deploy.observability.files import METRICS_PAGE, RULE_TESTS, RULES, RUNBOOKS, alerts, dashboard
from tests.harness.prometheus import required_program
from truesend.cli.commands import app


def promtool(*arguments: str) -> str:
    ran = subprocess.run([required_program("promtool"), *arguments], capture_output=True, text=True)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


def test_promtool_takes_the_rules() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", str(RULES))


def test_every_alert_fires_when_it_should_and_not_before() -> None:
    promtool("test", "rules", str(RULE_TESTS))


def test_promtool_takes_the_configuration_that_the_documentation_gives(tmp_path: Path) -> None:
    (snippet,) = re.findall(r"^```yaml\n(.*?)^```$", METRICS_PAGE.read_text(), re.MULTILINE | re.DOTALL)
    configuration = tmp_path / "prometheus.yml"
    configuration.write_text(snippet)
    shutil.copy(RULES, tmp_path)

    assert f"{len(alerts())} rules found" in promtool("check", "config", str(configuration))


def test_every_alert_is_tried_for_both() -> None:
    tried: dict[str, set[bool]] = {alert["alert"]: set() for alert in alerts()}
    for each in yaml.safe_load(RULE_TESTS.read_text())["tests"]:
        for case in each["alert_rule_test"]:
            tried[case["alertname"]].add(bool(case["exp_alerts"]))

    assert {name for name, cases in tried.items() if cases != {True, False}} == set()


def test_every_alert_has_a_severity_words_and_a_section_of_the_runbooks() -> None:
    sections = {f"#{title.lower()}" for title in re.findall(r"^## (\w+)$", RUNBOOKS.read_text(), re.MULTILINE)}

    for alert in alerts():
        page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
        assert alert["labels"]["severity"] in {"critical", "warning"}
        assert all(alert["annotations"][word] for word in ("summary", "description"))
        assert (page, f"#{anchor}") == ("operating/runbooks/", f"#{alert['alert'].lower()}")
    assert sections == {f"#{alert['alert'].lower()}" for alert in alerts()}


def test_every_section_of_the_runbooks_says_what_it_means_what_to_look_at_and_what_to_do() -> None:
    for section in re.split(r"^## ", RUNBOOKS.read_text(), flags=re.MULTILINE)[1:]:
        title = section.partition("\n")[0]
        for part in ("Means", "Users see", "Look", "Do"):
            assert f"**{part}:**" in section, f"{title} lacks {part}"


def test_every_command_of_the_runbooks_is_one_of_ours_with_options_that_it_has() -> None:
    commands = set(re.findall(r"`truesend ([^`]+)`", RUNBOOKS.read_text().replace("\n", " ")))

    assert {command: problem for command in commands if (problem := _problem_of(command.split()))} == {}
    assert len(commands) > 15


def _problem_of(words: list[str]) -> str | None:
    """What is wrong with a command; None where it could be run."""
    command: Any = typer.main.get_command(app)
    while words and (inner := getattr(command, "commands", {}).get(words[0])) is not None:
        command, words = inner, words[1:]
    if words and getattr(command, "commands", None):
        return f"{command.name} has no command {words[0]}"
    known = {option for parameter in command.params for option in parameter.opts}
    strange = {word for word in words if word.startswith("--")} - known
    return f"has no {', '.join(strange)}" if strange else None


def test_the_dashboards_panels_stand_beside_one_another_each_with_its_own_number_and_data_source() -> None:
    placed = list(dashboard()["panels"])
    cells = [
        (x, y)
        for panel in placed
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in placed}) == len(placed)
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in placed if panel["type"] != "row")
    assert all(panel["description"] for panel in placed if panel["type"] != "row")
