"""One thing that can't be looked at keeps the doctor from telling of no other."""

import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.harness.commands import truesend
from tests.harness.databases import Database
from tests.harness.roles import SERVICES, Service, url_of
from tests.integration.cli.test_commands import WORKER
from truesend.cli.doctor.database import check_database
from truesend.cli.doctor.finding import State
from truesend.settings import DatabaseSettings


def test_a_certificate_that_cannot_be_read_is_told_beside_all_else(tmp_path: Path) -> None:
    missing = {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CAFILE": str(tmp_path / "missing.pem")}

    ended = truesend("doctor", "--json", **WORKER | missing)

    found = {finding["check"]: finding for finding in json.loads(ended.output)}
    assert ended.code == 1
    assert found["kafka"]["says"].startswith("KAFKA_SSL_CAFILE: ")
    assert found["database"]["says"].startswith("can't be reached")
    assert found["gateway default"]["state"] == "ill"


@pytest.mark.parametrize("service", SERVICES)
async def test_a_role_that_may_not_look_at_everything_is_told_so(database: Database, service: Service) -> None:
    settings = DatabaseSettings(database_url=SecretStr(url_of(database.url, service)))

    *told, broken_off = await check_database(settings, ["default"])

    assert told == []
    assert (broken_off.check, broken_off.state) == ("database", State.ILL)
    assert broken_off.says == "may not be looked at by this role"
    assert "owns the schema" in broken_off.advice
