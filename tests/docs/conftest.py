"""The built site, and who serves it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.harness.ci import every_tool_is_required

ROOT = Path(__file__).parents[2]
_MERMAID = ROOT / "tools/site/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"


@dataclass(frozen=True, slots=True)
class Site:
    """One built site, and what was said while it was built."""

    folder: Path
    exit_code: int
    said: str

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve it on loopback for a while. Gives its address."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(self.folder)))
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture(scope="session")
def mermaid() -> Path:
    """The file that draws diagrams. Skips the test where it is not installed, and fails it on CI."""
    if not _MERMAID.exists():
        (pytest.fail if every_tool_is_required() else pytest.skip)("needs what draws the site's diagrams (make docs)")
    return _MERMAID


@pytest.fixture(scope="session")
def site(mermaid: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site of docs/, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Site(folder, built.returncode, built.stdout + built.stderr)
