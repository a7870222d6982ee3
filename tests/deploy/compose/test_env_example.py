"""`.env.example` names every setting, with the default that it has; the script makes a .env of it that works."""

import json
import re
import stat
from uuid import UUID

import pytest

from tests.deploy.compose.project import REPOSITORY, Project
from tools.site.reference.configuration import written_default
from truesend.cli.up.demo import ORGANIZATIONS
from truesend.settings import Settings, load_settings

_LINES = (REPOSITORY / ".env.example").read_text().splitlines()
_SET = {name: value for name, _, value in (line.partition("=") for line in _LINES) if re.fullmatch("[A-Z_]+", name)}
_COMMENTED = {
    name[1:]: value for name, _, value in (line.partition("=") for line in _LINES) if re.fullmatch("#[A-Z_]+", name)
}
_OF_COMPOSE = {"POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}


def test_every_setting_is_named_once() -> None:
    names = [match[1] for line in _LINES if (match := re.match(r"#?([A-Z_]+)=", line))]

    assert len(names) == len(set(names))
    assert {name.upper() for name in Settings.model_fields} <= set(names)


def test_every_variable_is_explained_right_above_it() -> None:
    for number, line in enumerate(_LINES):
        if re.match(r"#?[A-Z_]+=", line):
            assert re.match(r"# .*\w.*[.:)]$", _LINES[number - 1]), line


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name.upper() in _COMMENTED])
def test_a_setting_that_is_not_set_shows_its_default(name: str) -> None:
    default = written_default(Settings.model_fields[name])

    assert _COMMENTED[name.upper()] == ("" if default in {"none", "empty", "required"} else default)


def test_what_is_set_is_what_is_needed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(_SET) == _OF_COMPOSE | {"API_KEYS", "GATEWAY_URL", "GATEWAY_API_KEY", "WEBHOOK_SECRET"}


def test_the_values_that_are_given_are_settings_as_they_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in _SET.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", "postgres://truesend@postgres/truesend")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092")

    assert load_settings().gateway_url == "http://simulator:8090"


def test_the_script_writes_secrets_that_nobody_else_can_read_and_everything_can_use(
    fresh_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = fresh_project.new_env()
    environment = fresh_project.services["api"]["environment"]
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    settings.require_auth()

    assert stat.S_IMODE((fresh_project.folder / ".env").stat().st_mode) == 0o600
    assert list(settings.api_keys.values()) == [organization.id for organization in ORGANIZATIONS]
    assert all(len(key) == 48 and key in done.stdout for key in settings.api_keys)
    assert settings.webhook_secret is not None
    assert environment["POSTGRES_PASSWORD"] in settings.database_url.get_secret_value()
    assert environment["POSTGRES_PASSWORD"] not in done.stdout
    simulator = fresh_project.services["simulator"]["environment"]
    assert simulator["SIMULATOR_API_KEY"] == settings.gateway_api_key.get_secret_value() != ""
    assert simulator["SIMULATOR_WEBHOOK_SECRET"] == settings.webhook_secret.get_secret_value()
    assert not {"POSTGRES_PASSWORD", "API_KEYS", "DATABASE_URL"} & set(simulator)


def test_the_script_makes_a_key_for_each_organisation_that_it_is_given(fresh_project: Project) -> None:
    organizations = [str(UUID(int=1)), str(UUID(int=2)), str(UUID(int=3))]

    fresh_project.new_env(*organizations)

    keys = json.loads(fresh_project.services["api"]["environment"]["API_KEYS"])
    assert list(keys.values()) == organizations


def test_the_script_leaves_a_dot_env_alone_that_is_there(fresh_project: Project) -> None:
    (fresh_project.folder / ".env").write_text("mine")

    refused = fresh_project.new_env()

    assert refused.returncode == 1
    assert (fresh_project.folder / ".env").read_text() == "mine"


def test_git_takes_no_dot_env_and_no_image_has_one() -> None:
    assert ".env" in (REPOSITORY / ".gitignore").read_text().splitlines()
    assert "*" in (REPOSITORY / ".dockerignore").read_text().splitlines()
    assert not [line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!.env")]
