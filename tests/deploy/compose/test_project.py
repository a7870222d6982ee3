"""What docker-compose.yml promises to whoever starts it."""

import json
import re
from pathlib import Path

import pytest

from tests.deploy.compose.project import REPOSITORY, Project, check_jsonschema, is_job
from tests.harness.kafka_files import KAFKA_VERSION
from truesend.settings import Settings

_OURS = {"migrate", "topics", "api", "verifier", "sender", "simulator", "demo"}
_OF_IT_FOR_THE_REST_S = 5.0  # a sender waits for its gateways for what is left of its grace
_PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9-]+)?")


@pytest.mark.parametrize(
    ("profiles", "beside"),
    [
        ("", set()),
        ("demo", {"simulator", "demo"}),
        ("observability", {"prometheus", "grafana", "otel-collector", "jaeger"}),
    ],
)
def test_a_profile_adds_what_it_is_for(project: Project, profiles: str, beside: set[str]) -> None:
    always = {"postgres", "kafka", "migrate", "topics", "api", "verifier", "sender"}

    assert set(project.services_with(profiles=profiles)) == always | beside


def test_the_files_fit_the_compose_specification() -> None:
    files = [REPOSITORY / "docker-compose.yml", *(REPOSITORY / "deploy" / "compose").glob("o*.yml")]

    checked = check_jsonschema("--builtin-schema", "vendor.compose-spec", *map(str, files))

    assert len(files) == 4
    assert checked.returncode == 0, checked.stdout


def test_only_the_api_is_published_and_on_this_machine_s_own_address(project: Project) -> None:
    published = {name: service["ports"] for name, service in project.services.items() if "ports" in service}

    assert set(published) == {"api"}
    assert [(each["host_ip"], each["published"], each["target"]) for each in published["api"]] == [
        ("127.0.0.1", "8000", 8000)
    ]


def test_the_api_is_published_where_the_environment_says(project: Project) -> None:
    elsewhere = Project(project.folder, {"API_HOST": "192.0.2.1", "API_PORT": "8080"})

    api = elsewhere.services["api"]

    assert [(each["host_ip"], each["published"], each["target"]) for each in api["ports"]] == [
        ("192.0.2.1", "8080", 8000)
    ]
    assert (api["environment"]["API_HOST"], api["environment"]["API_PORT"]) == ("0.0.0.0", "8000")


def test_what_else_can_be_opened_is_opened_for_this_machine_alone(project: Project) -> None:
    services = project.services_with("deploy/compose/open-ports.yml")

    opened = {name: each["host_ip"] for name, service in services.items() for each in service.get("ports", ())}

    assert set(opened) == {"api", "simulator", "grafana", "prometheus", "jaeger"}
    assert set(opened.values()) == {"127.0.0.1"}


def test_everything_that_lasts_is_looked_after(project: Project) -> None:
    for name, service in project.services.items():
        if not is_job(service):
            assert service["healthcheck"]["test"][0] == "CMD", name
            assert service["restart"] == "unless-stopped", name


def test_nothing_takes_more_than_its_share(project: Project) -> None:
    for name, service in project.services.items():
        assert int(service["mem_limit"]) <= 2**30, name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name


def test_nothing_holds_a_right_that_it_does_not_need(project: Project) -> None:
    for name, service in project.services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not {"privileged", "cap_add"} & set(service), name


def test_nothing_but_kafka_can_write_to_its_image(project: Project) -> None:
    assert {name for name, service in project.services.items() if not service.get("read_only")} == {"kafka"}


def test_every_service_waits_until_the_database_and_the_topics_are_there(project: Project) -> None:
    services = project.services
    done = {name: {"condition": "service_completed_successfully", "required": True} for name in ("migrate", "topics")}

    assert {name: services[name]["depends_on"] for name in ("api", "verifier", "sender", "demo")} == dict.fromkeys(
        ("api", "verifier", "sender", "demo"), done
    )
    assert services["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy", "required": True}
    assert services["topics"]["depends_on"]["kafka"] == {"condition": "service_healthy", "required": True}


@pytest.mark.parametrize("name", ["api", "verifier", "sender"])
def test_a_service_that_is_told_to_end_has_the_time_that_it_takes(project: Project, name: str) -> None:
    service = project.services[name]
    grace_s = float(service["environment"].get("SHUTDOWN_GRACE_S", _default("shutdown_grace_s")))

    assert _seconds(service["stop_grace_period"]) >= grace_s + 10


def test_a_sender_that_is_told_to_end_has_the_time_that_a_gateway_may_take(fresh_project: Project) -> None:
    fresh_project.new_env()
    told_otherwise = Project(fresh_project.folder, {"SHUTDOWN_GRACE_S": "30"})

    grace_s = float(fresh_project.services["sender"]["environment"]["SHUTDOWN_GRACE_S"])

    assert grace_s - _OF_IT_FOR_THE_REST_S > _default("send_timeout_s") + _default("gateway_connect_timeout_s")
    assert told_otherwise.services["sender"]["environment"]["SHUTDOWN_GRACE_S"] == "30"


def test_what_is_kept_is_in_volumes_with_names(project: Project) -> None:
    kept = {
        name: [volume["target"] for volume in service.get("volumes", ()) if volume["type"] == "volume"]
        for name, service in project.services.items()
    }

    assert {name: targets for name, targets in kept.items() if targets} == {
        "postgres": ["/var/lib/postgresql"],
        "kafka": ["/var/lib/kafka/data"],
        "prometheus": ["/prometheus"],
        "grafana": ["/var/lib/grafana"],
    }


def test_images_are_pinned_by_version(project: Project) -> None:
    images = {name: service["image"] for name, service in project.services.items()}
    dockerfiles = [REPOSITORY / "deploy" / "Dockerfile", REPOSITORY / "deploy" / "compose/otel-collector/Dockerfile"]
    bases = re.findall(r"^(?:ARG \w+_IMAGE=|FROM )([^$\s]+)", "\n".join(map(Path.read_text, dockerfiles)), re.MULTILINE)

    assert {name for name, image in images.items() if image == "truesend:local"} == _OURS
    assert [image for name, image in images.items() if name not in _OURS and not _PINNED.fullmatch(image)] == []
    assert len(bases) == 4
    assert [base for base in bases if not _PINNED.fullmatch(base)] == []


def test_kafka_is_the_one_that_is_tested(project: Project) -> None:
    assert project.services["kafka"]["image"] == f"apache/kafka:{KAFKA_VERSION}"


def test_an_image_that_was_released_takes_the_place_of_the_one_built_here(project: Project) -> None:
    released = Project(project.folder, {"TRUESEND_IMAGE": "registry.example/truesend:1.2.3"}).services

    assert {released[name]["image"] for name in _OURS} == {"registry.example/truesend:1.2.3"}


def test_no_secret_is_written_into_the_files(fresh_project: Project) -> None:
    (fresh_project.folder / ".env").write_text("POSTGRES_PASSWORD=canary\n")

    loaded = json.dumps(fresh_project.services)

    without = loaded.replace("canary", "")
    assert re.findall(r'"[A-Z_]*(?:PASSWORD|SECRET|KEYS?|TOKEN)": "[^"]+"', without) == []
    assert "canary" in loaded


def test_without_a_password_nothing_starts_and_it_says_how_to_make_one(fresh_project: Project) -> None:
    refused = fresh_project.load()

    assert refused.returncode == 1
    assert "POSTGRES_PASSWORD" in refused.stderr
    assert "sh deploy/compose/new-env" in refused.stderr
    assert ".env.example" in refused.stderr


def test_a_database_and_a_kafka_of_one_s_own_take_the_place_of_those_here(project: Project) -> None:
    own = {"DATABASE_URL": "postgres://me@db.example/crm", "KAFKA_BOOTSTRAP_SERVERS": "kafka.example:9092"}
    files = ("deploy/compose/own-database.yml", "deploy/compose/own-kafka.yml")

    services = Project(project.folder, own).services_with(*files, profiles="demo")

    assert not {"postgres", "kafka"} & set(services)
    assert not services["migrate"]["depends_on"]["postgres"]["required"]
    assert not services["topics"]["depends_on"]["kafka"]["required"]
    assert services["sender"]["environment"]["DATABASE_URL"] == own["DATABASE_URL"]
    assert services["sender"]["environment"]["KAFKA_BOOTSTRAP_SERVERS"] == own["KAFKA_BOOTSTRAP_SERVERS"]


def test_a_file_of_gateways_is_shown_to_the_services_under_a_path_of_their_own(fresh_project: Project) -> None:
    fresh_project.new_env()
    named = Project(fresh_project.folder, {"GATEWAYS_FILE": "gateways.toml"})

    sender, api = named.services["sender"], fresh_project.services["api"]

    assert sender["environment"]["GATEWAYS_FILE"] == "/etc/truesend/gateways.toml"
    assert [each["source"] for each in sender["volumes"]] == [str(named.folder / "gateways.toml")]
    assert api["environment"]["GATEWAYS_FILE"] == ""
    assert [each["source"] for each in api["volumes"]] == ["/dev/null"]


def test_files_of_one_s_own_are_shown_to_all_that_are_told_of_them_as_the_page_says(fresh_project: Project) -> None:
    fresh_project.new_env()
    page = (REPOSITORY / "docs" / "install" / "compose.md").read_text()
    (given,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (fresh_project.folder / "own-files.yml").write_text(given)

    services = fresh_project.services_with("own-files.yml", profiles="")

    shown = {
        name: {(each["target"], each.get("read_only")) for each in service["volumes"] if each["type"] == "bind"}
        for name, service in services.items()
        if name in _OURS
    }
    assert set(shown) == {"migrate", "topics", "api", "verifier", "sender"}
    assert all(
        targets == {("/etc/truesend-files", True), ("/etc/truesend/gateways.toml", True)} for targets in shown.values()
    )


def _default(setting: str) -> float:
    return float(Settings.model_fields[setting].default)


def _seconds(duration: str) -> int:
    """Of what the loader writes as 1m30s."""
    return sum(int(number) * {"m": 60, "s": 1}[unit] for number, unit in re.findall(r"(\d+)([ms])", duration))
