"""The built page's files. Each may have siblings that were compressed when it was built: `app.js.br`, `app.js.gz`."""

import os
from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from services.api.page.policy import SAFE

FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
# the smallest first
_SIBLINGS = {"br": ".br", "gzip": ".gz"}


class BuiltFiles(StaticFiles):
    """Files of one folder, in the smallest form that the browser takes."""

    def __init__(self, folder: Path, *, cache: str) -> None:
        super().__init__(directory=folder)
        self._cache = cache

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """The file, or the sibling that the browser takes; 304 where it has that one."""
        asked = Headers(scope=scope)
        response = _smallest(os.fspath(full_path), stat_result, asked, status_code=status_code)
        response.headers.update(SAFE | {"Cache-Control": self._cache, "Vary": "Accept-Encoding"})
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, asked) else response


def _smallest(path: str, stat_result: os.stat_result, asked: Headers, **options: Any) -> FileResponse:
    media_type = guess_type(path)[0] or "application/octet-stream"
    for encoding in accepted_encodings(asked.get("accept-encoding", "")):
        sibling = path + _SIBLINGS[encoding]
        if os.path.isfile(sibling):
            coded = FileResponse(sibling, stat_result=os.stat(sibling), media_type=media_type, **options)
            coded.headers["Content-Encoding"] = encoding
            return coded
    return FileResponse(path, stat_result=stat_result, media_type=media_type, **options)


def accepted_encodings(header: str) -> Iterator[str]:
    """The encodings of siblings that an Accept-Encoding takes, the smallest first. Source: RFC 9110, section 12.5.3."""
    weights = {}
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        weights[name] = next((_weight(text) for text in parameters if text.startswith("q=")), 1.0)
    for encoding in _SIBLINGS:
        if weights.get(encoding, weights.get("*", 0.0)) > 0:
            yield encoding


def _weight(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 0.0
