"""The page beside the API: its document wherever a browser goes, its files, and nothing where the API is."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from services.api.page.built_files import ASK_EACH_TIME, FOR_EVER, BuiltFiles
from services.api.page.folder import ASSETS, INDEX
from services.api.page.index import Index, not_built

# what addresses of the API begin with
OF_THE_API = frozenset({"v1", "docs", "openapi.json", "healthz", "readyz", "metrics"})

Answer = Callable[[Request], Awaitable[Response]]


def add_page(app: FastAPI, folder: Path | None) -> None:
    """Serve the built page at every address that is not the API's; where it is not built, say how that is done."""
    if folder is None:
        app.router.routes.append(Navigation(not_built))
        return
    if (folder / ASSETS).is_dir():
        app.mount(f"/{ASSETS}", BuiltFiles(folder / ASSETS, cache=FOR_EVER))
    beside = BuiltFiles(folder, cache=ASK_EACH_TIME)
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.name != INDEX and not file.name.startswith("."):
            app.router.routes.append(Route(f"/{file.name}", beside, methods=["GET", "HEAD"]))
    app.router.routes.append(Navigation(Index(folder / INDEX).answer))


class Navigation(Route):
    """Where a person goes: the root, and whatever else a browser wants to show. All else is no address."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("/{path:path}", answer, methods=["GET", "HEAD"], include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request is one."""
        if scope["type"] != "http" or _first_part(scope["path"]) in OF_THE_API | {ASSETS}:
            return Match.NONE, {}
        if scope["path"] != "/" and "text/html" not in Headers(scope=scope).get("accept", ""):
            return Match.NONE, {}
        return super().matches(scope)


def _first_part(path: str) -> str:
    return path.lstrip("/").partition("/")[0]
