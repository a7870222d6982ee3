"""`truesend-client` as pip installs it: alone, with its types."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.harness.distributions import REPOSITORY, build, install

pytestmark = pytest.mark.xdist_group("distributions")

_CALLER = """
from typing import assert_type
from uuid import UUID

from truesend_client import AsyncTruesend, NewMessage, PaceBody, QuietHours, Truesend
from truesend_client.models import MessageRow, SessionRow


def send(client: Truesend, session_id: UUID) -> str | None:
    message = client.create_message(NewMessage(session_id=session_id, recipient="919800001234", message_content="Hello"))
    assert_type(message, MessageRow)
    night = QuietHours(from_="22:00", to="07:00", time_zone="Asia/Kolkata")
    client.set_pace(session_id, PaceBody(quiet_hours=night))
    return message.vps_error


async def first(client: AsyncTruesend) -> SessionRow:
    async for session in client.all_sessions():
        return session
    raise LookupError
"""


def test_its_wheel_alone_can_be_imported_and_brings_nothing_of_the_services(tmp_path: Path) -> None:
    wheel = build("wheel", REPOSITORY / "clients" / "python", tmp_path / "wheel")
    commands = install(wheel, tmp_path / "environment")
    program = (
        "import importlib.util, truesend_client as t; print(t.Truesend.__name__, importlib.util.find_spec('truesend'))"
    )

    imported = subprocess.run([commands / "python", "-I", "-c", program], capture_output=True, text=True)

    assert (imported.stdout, imported.stderr) == ("Truesend None\n", "")
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "truesend_client/py.typed" in names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"truesend_client"}


def test_a_caller_s_program_type_checks_strictly_without_a_plug_in(tmp_path: Path) -> None:
    program = tmp_path / "caller.py"
    program.write_text(_CALLER)
    commands = install(build("wheel", REPOSITORY / "clients" / "python", tmp_path / "wheel"), tmp_path / "environment")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file="]

    checked = subprocess.run(
        [*mypy, "--python-executable", str(commands / "python"), program.name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
