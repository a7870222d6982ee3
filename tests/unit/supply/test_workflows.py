"""What GitHub is told to do is well-formed, asks for no more rights than it needs, and calls what is there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

_ROOT = Path(__file__).parents[3]
_GITHUB = _ROOT / ".github"
_WORKFLOWS = sorted((_GITHUB / "workflows").glob("*.yml"))
_ACTIONLINT = _ROOT / ".venv" / "deploy-tools" / "actionlint"
_FORMS = [form for form in sorted((_GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if form.name != "config.yml"]
_SCHEMAS = [
    ("vendor.github-workflows", _WORKFLOWS),
    ("vendor.dependabot", [_GITHUB / "dependabot.yml"]),
    ("vendor.github-issue-forms", _FORMS),
    ("vendor.github-issue-config", [_GITHUB / "ISSUE_TEMPLATE" / "config.yml"]),
]
_BY_VERSION = re.compile(r"^[\w.-]+/[\w./-]+@(v\d+|release/v\d+)$")


@pytest.mark.parametrize(("schema", "files"), _SCHEMAS, ids=[schema for schema, _ in _SCHEMAS])
def test_a_file_for_github_fits_its_schema(schema: str, files: list[Path]) -> None:
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    checked = subprocess.run(command, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    if not _ACTIONLINT.exists() and os.environ.get("CI"):
        pytest.fail("This run demands actionlint, which make test builds into .venv/deploy-tools.")
    if not _ACTIONLINT.exists():
        pytest.skip("needs actionlint: make .venv/deploy-tools/actionlint")
    linted = subprocess.run([_ACTIONLINT, "-no-color", *_WORKFLOWS], cwd=_ROOT, capture_output=True, text=True)

    assert (linted.stdout, linted.returncode) == ("", 0)


@pytest.mark.parametrize("workflow", _WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_may_read_and_a_job_that_needs_more_says_so_itself(workflow: Path) -> None:
    told = _told(workflow)

    assert told["permissions"] == {"contents": "read"}
    assert all("write-all" not in str(job.get("permissions")) for job in told["jobs"].values())
    checkouts = [step for step in _steps(workflow) if "checkout" in step.get("uses", "")]
    assert [step for step in checkouts if step.get("with", {}).get("persist-credentials") is not False] == []


@pytest.mark.parametrize("workflow", _WORKFLOWS, ids=lambda file: file.stem)
def test_an_action_is_of_one_major_version_and_a_job_ends_in_time(workflow: Path) -> None:
    assert [step["uses"] for step in _steps(workflow) if "uses" in step and not _BY_VERSION.match(step["uses"])] == []
    assert "concurrency" in _told(workflow)
    assert [
        name for name, job in _told(workflow)["jobs"].items() if "steps" in job and "timeout-minutes" not in job
    ] == []


@pytest.mark.parametrize("workflow", _WORKFLOWS, ids=lambda file: file.stem)
def test_what_a_workflow_calls_is_there(workflow: Path) -> None:
    makefile = (_ROOT / "Makefile").read_text()
    commands = "\n".join(step.get("run", "") for step in _steps(workflow))
    called = [job["uses"] for job in _told(workflow)["jobs"].values() if "uses" in job]

    targets = re.findall(r"\bmake (?:--silent )?([a-z][a-z-]*)", re.sub(r"install .*\bmake\b.*", "", commands))
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
    assert [
        place for place in re.findall(r"(?:^|\s)(\.ci/\w+)", commands) if not os.access(_ROOT / place, os.X_OK)
    ] == []
    assert [place for place in called if not (_ROOT / place).is_file()] == []


def test_the_workflows_together_run_all_checks_and_make_all_that_is_published() -> None:
    everything = "\n".join(step.get("run", "") for workflow in _WORKFLOWS for step in _steps(workflow))

    assert all(each in everything for each in (".ci/run", "make dist", "make audit", "make sbom", "npm publish"))
    [pythons] = [
        job["strategy"]["matrix"]["python"]
        for job in _told(_GITHUB / "workflows" / "test.yml")["jobs"].values()
        if "strategy" in job
    ]
    classifiers = re.findall(r"Python :: (3\.\d+)", (_ROOT / "pyproject.toml").read_text())
    assert pythons == classifiers


def test_an_image_has_a_name_that_registries_take_however_the_repository_is_written(tmp_path: Path) -> None:
    [naming] = [step["run"] for step in _steps(_GITHUB / "workflows" / "image.yml") if "IMAGE=" in step.get("run", "")]
    told = tmp_path / "environment"
    environment = {"GITHUB_REPOSITORY": "Some-One/TrueSend", "GITHUB_ENV": str(told)}

    subprocess.run(["bash", "-e", "-c", naming], env=environment, check=True)

    assert told.read_text() == "IMAGE=ghcr.io/some-one/truesend\n"


def _told(workflow: Path) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load(workflow.read_text())
    return told


def _steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in _told(workflow)["jobs"].values() for step in job.get("steps", [])]
