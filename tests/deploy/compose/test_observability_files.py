"""What the profile observability is set up with fits together."""

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tests.deploy.compose.project import REPOSITORY, Project
from tests.harness.prometheus import required_program

_FOLDER = REPOSITORY / "deploy" / "compose"


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / name).read_text())


def test_prometheus_asks_every_process_of_the_three_services_on_the_port_that_they_listen_on(project: Project) -> None:
    jobs = {job["job_name"]: job for job in _read("prometheus.yml")["scrape_configs"]}

    for name in ("api", "verifier", "sender"):
        environment = project.services[name]["environment"]
        looked_up = jobs[f"truesend-{name}"]["dns_sd_configs"][0]
        assert (looked_up["names"], looked_up["type"]) == ([name], "A")
        assert str(looked_up["port"]) == environment["HEALTH_PORT"] == environment["API_PORT"]


def test_promtool_finds_nothing_wrong_with_the_scraping(tmp_path: Path) -> None:
    config = tmp_path / "prometheus.yml"
    config.write_text((_FOLDER / "prometheus.yml").read_text().replace("/etc/prometheus", str(tmp_path)))

    checked = subprocess.run(
        [required_program("promtool"), "check", "config", str(config)], capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stderr


def test_prometheus_reads_the_rules_that_are_mounted(project: Project) -> None:
    mounted = {each["target"]: each["source"] for each in project.services["prometheus"]["volumes"] if "source" in each}
    (pattern,) = _read("prometheus.yml")["rule_files"]

    assert pattern == "/etc/prometheus/rules/*.rules.yml"
    assert mounted["/etc/prometheus/rules"].endswith("/deploy/prometheus")


def test_grafana_finds_its_sources_and_its_dashboards(project: Project) -> None:
    services = project.services
    sources = _read("grafana/datasources/datasources.yml")["datasources"]
    (provider,) = _read("grafana/dashboards/dashboards.yml")["providers"]
    mounted = {each["target"]: each["source"] for each in services["grafana"]["volumes"] if "source" in each}

    assert {urlsplit(source["url"]).hostname for source in sources} == {"prometheus", "jaeger"} <= set(services)
    assert [source["uid"] for source in sources if source.get("isDefault")] == ["prometheus"]
    assert mounted["/etc/grafana/provisioning"].endswith("/deploy/compose/grafana")
    assert mounted[provider["options"]["path"]].endswith("/deploy/grafana/dashboards")


def test_grafana_starts_with_no_password_that_anybody_knows(project: Project) -> None:
    grafana = project.services["grafana"]

    assert "exit 1" in grafana["entrypoint"][-1]
    assert (
        grafana["environment"]["GF_SECURITY_ADMIN_PASSWORD"]
        == project.services["api"]["environment"]["GRAFANA_PASSWORD"]
    )


def test_everything_in_the_collector_s_pipelines_is_described_and_nothing_else(project: Project) -> None:
    config = _read("otel-collector/config.yaml")
    pipelines = config["service"]["pipelines"].values()

    for kind in ("receivers", "processors", "exporters"):
        assert {name for pipeline in pipelines for name in pipeline[kind]} == set(config[kind])
    assert set(config["service"]["extensions"]) == set(config["extensions"])


def test_the_collector_sends_to_jaeger_and_is_asked_for_its_health_where_it_tells(project: Project) -> None:
    config = _read("otel-collector/config.yaml")
    collector = project.services["otel-collector"]

    assert config["exporters"]["otlp/jaeger"]["endpoint"].partition(":")[0] in collector["depends_on"]
    assert config["extensions"]["health_check"]["endpoint"] in collector["healthcheck"]["test"][-1]


def test_the_collector_refuses_traces_before_it_is_killed_for_them(project: Project) -> None:
    limit_mib = _read("otel-collector/config.yaml")["processors"]["memory_limiter"]["limit_mib"]

    assert limit_mib * 2**20 < int(project.services["otel-collector"]["mem_limit"])


def test_traces_go_to_the_port_that_the_collector_takes_them_on() -> None:
    line = next(
        line for line in (REPOSITORY / ".env.example").read_text().splitlines() if "http://otel-collector" in line
    )
    port = _read("otel-collector/config.yaml")["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]

    assert f"http://otel-collector:{port}" in line
