"""Brings the harness's fixtures to every test, and holds the run's shared servers."""

from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from tests.harness.fixtures import (
    SERVICES,
    database,
    empty_database,
    errors_end_as_before,
    kafka,
    postgres,
    private_kafka,
    private_postgres,
    start_service,
    topic_prefix,
)
from tests.harness.grouping import FileGroups
from tests.harness.shared import SharedServers

__all__ = [
    "database",
    "empty_database",
    "errors_end_as_before",
    "kafka",
    "postgres",
    "private_kafka",
    "private_postgres",
    "start_service",
    "topic_prefix",
]

_SERVERS = pytest.StashKey[SharedServers]()

# How fast an example is says how busy the machine is, and nothing about what the example proves.
settings.register_profile("at any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("at any speed")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        servers = SharedServers()
        servers.open()
        config.stash[_SERVERS] = servers


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVERS in config.stash:
        config.stash[_SERVERS].close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadGroupScheduling | None:
    return FileGroups(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if _SERVERS in config.stash and (used := config.stash[_SERVERS].used()):
        terminalreporter.write_line(f"servers: {', '.join(used)}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for service in item.stash.get(SERVICES, []):
            report.sections.append((f"{service.name}, from {service.log_file}", service.log_tail()))
    return report
