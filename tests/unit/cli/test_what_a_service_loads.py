"""What each service's process holds in its memory from the start: nothing that it never uses."""

import subprocess
import sys

import pytest

ALWAYS_NEEDLESS = {
    "httpx",
    "opentelemetry.exporter",
    "opentelemetry.sdk",
    "phonenumbers.geocoder",
    "requests",
    "truesend.cli.commands",
    "typer",
}
LOADED = (
    "import sys, importlib\n"
    "from truesend.cli.main import run\n"
    "importlib.import_module(sys.argv[1])\n"
    "print(*sys.modules, sep='\\n')\n"
)


@pytest.mark.parametrize(
    ("module", "needless"),
    [
        ("services.api.main", {"jwt", "cryptography"}),
        ("services.verifier.main", {"fastapi", "jwt", "cryptography", "phonenumbers"}),
        ("services.sender.main", {"fastapi", "jwt", "cryptography", "phonenumbers"}),
    ],
)
def test_a_service_loads_nothing_that_it_never_uses(module: str, needless: set[str]) -> None:
    asked = subprocess.run([sys.executable, "-c", LOADED, module], capture_output=True, text=True, check=True)

    assert not (needless | ALWAYS_NEEDLESS) & set(asked.stdout.split())
