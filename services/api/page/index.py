"""The page's one document: the same for every address of the page, but for the nonce of each response."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from services.api.page.policy import SAFE, content_security_policy, new_nonce

PLACE_OF_NONCE = "__CSP_NONCE__"
NOT_BUILT = """The page is not built here. The API works: see /docs.

In a checkout, run: make install
It builds the page with Node, and brings Node where there is none. Then start this again.
"""


class Index:
    """Answers with the document, which is read once."""

    def __init__(self, file: Path) -> None:
        self._text = file.read_text()
        told_apart = self._text + content_security_policy(PLACE_OF_NONCE)
        self._etag = f'W/"{hashlib.sha256(told_apart.encode()).hexdigest()[:32]}"'

    async def answer(self, request: Request) -> Response:
        """The document; 304 for a browser that has it.

        A 304 says nothing of the policy: the browser goes on with the one that came with the nonce of its copy.
        """
        headers = SAFE | {"Cache-Control": "no-cache", "ETag": self._etag}
        if self._etag in (tag.strip() for tag in request.headers.get("if-none-match", "").split(",")):
            return Response(status_code=304, headers=headers)
        nonce = new_nonce()
        headers["Content-Security-Policy"] = content_security_policy(nonce)
        return HTMLResponse(self._text.replace(PLACE_OF_NONCE, nonce), headers=headers)


async def not_built(_request: Request) -> Response:
    """Says how the page is built."""
    return PlainTextResponse(NOT_BUILT, status_code=503, headers=SAFE | {"Cache-Control": "no-store"})
