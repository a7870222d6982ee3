"""The services as the container image runs them: its packages alone, a root that can't be written, and no rights."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.acceptance.conftest import Town
from tests.harness.image_root import USER_ID, ImageRoot, missing_for_image_roots
from tests.harness.services import ServiceProcess

pytestmark = pytest.mark.xdist_group("image")

_REFUSED = ("Read-only file system", "Permission denied", "Operation not permitted")


@pytest.fixture(scope="module")
def image_root(tmp_path_factory: pytest.TempPathFactory) -> ImageRoot:
    if missing := missing_for_image_roots():
        pytest.skip(missing)
    return ImageRoot(tmp_path_factory.mktemp("image"))


async def test_the_wheel_and_its_locked_packages_send_a_message_from_a_read_only_root_without_privileges(
    town: Town, image_root: ImageRoot, tmp_path: Path
) -> None:
    for command in ("migrate", "topics"):
        ran = _run(image_root, command, town.environment)
        assert ran.returncode == 0, ran.stderr

    async with _services(image_root, town.environment, tmp_path) as services:
        message = await town.message(await town.session("wa_a"))

        await town.becomes(message, "sent")
        assert "<!doctype html>" in await _page(services["api"])
        for service in services.values():
            _assert_unprivileged(service)
            assert _written(service) == []
        exit_codes = {name: service.terminate() for name, service in services.items()}

    assert exit_codes == {"api": 0, "verifier": 0, "sender": 0}
    for service in services.values():
        assert not [refused for refused in _REFUSED if refused in service.log_file.read_text()]


def test_in_that_root_nothing_can_be_written_but_tmp(image_root: ImageRoot) -> None:
    attempt = """
for folder in ("/", "/opt/truesend", "/opt/truesend/truesend", "/usr", "/etc", "/dev", "/proc", "/tmp"):
    try:
        open(folder + "/attempt", "w")
    except OSError:
        continue
    print(folder)
"""
    ran = subprocess.run([*image_root.python, "-c", attempt], capture_output=True, text=True)

    assert (ran.stdout.split(), ran.stderr) == (["/tmp"], "")


def test_what_is_for_one_machine_only_is_not_in_the_image_and_says_so(image_root: ImageRoot) -> None:
    ran = _run(image_root, "up", {})

    said = (
        "truesend: up: here the services alone are installed, as in the image; pip install truesend brings the rest\n"
    )
    assert (ran.returncode, ran.stderr) == (1, said)


def _run(image_root: ImageRoot, command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    words = [*image_root.python, "-m", "truesend.cli.main", command]
    return subprocess.run(
        words, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **environment}, capture_output=True, text=True
    )


@asynccontextmanager
async def _services(
    image_root: ImageRoot, environment: dict[str, str], folder: Path
) -> AsyncIterator[dict[str, ServiceProcess]]:
    services = {
        name: ServiceProcess(name, environment, folder=folder, python=image_root.python)
        for name in ("api", "verifier", "sender")
    }
    try:
        await asyncio.gather(*(service.start(within_s=60) for service in services.values()))
        yield services
    finally:
        for service in services.values():
            service.kill()


async def _page(api: ServiceProcess) -> str:
    async with aiohttp.ClientSession() as client, client.get(f"{api.url}/") as answer:
        return await answer.text()


def _assert_unprivileged(service: ServiceProcess) -> None:
    lines = Path(f"/proc/{service.pid}/status").read_text().splitlines()
    status = {name: value.split() for name, value in (line.split(":", 1) for line in lines)}
    assert status["Uid"] == status["Gid"] == [str(USER_ID)] * 4
    assert status["Groups"] == []
    assert [int(status[sort][0], 16) for sort in ("CapPrm", "CapEff", "CapBnd", "CapAmb")] == [0, 0, 0, 0]
    assert status["NoNewPrivs"] == ["1"]


def _written(service: ServiceProcess) -> list[Path]:
    """What the service has left in its own /tmp, the one place where it could."""
    return list(Path(f"/proc/{service.pid}/root/tmp").iterdir())
