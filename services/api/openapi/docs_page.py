"""The page at /docs. Its scripts are somebody else's, from a content network, at the address where operators' keys are typed:
so they are of one version, known by their hashes, and may do nothing but show this API. Source: W3C Subresource Integrity.
"""

import base64
import hashlib

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

DOCS = "/docs"
VERSION = "5.35.0"
_FOLDER = f"https://cdn.jsdelivr.net/npm/swagger-ui-dist@{VERSION}/"
_STYLE_HASH = "sha384-WlYgdmXYOOBWL5apwjDEZwN+U3HmXSSu5R6V5aGxEcf7z+KuRNwBhoxKVN1i3D5I"
_SCRIPT_HASH = "sha384-gjRm0bEPMeTmMh5jT2cHccIwCUZSTd8YC+j0d0sXw0MdGEfScduGpSyF3ZSSLkX9"
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, showExtensions: true})'
_START_HASH = base64.b64encode(hashlib.sha256(_START.encode()).digest()).decode()
_HTML = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Truesend API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{_FOLDER}swagger-ui.css" integrity="{_STYLE_HASH}" crossorigin="anonymous">
</head>
<body>
<div id="swagger-ui"></div>
<script src="{_FOLDER}swagger-ui-bundle.js" integrity="{_SCRIPT_HASH}" crossorigin="anonymous"></script>
<script>{_START}</script>
</body>
</html>
"""
# Swagger UI writes style attributes, and its pictures are data in its stylesheet.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src {_FOLDER} 'sha256-{_START_HASH}'",
        f"style-src {_FOLDER} 'unsafe-inline'",
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


def add_docs_page(app: FastAPI) -> None:
    """Serve it."""
    app.add_route(DOCS, _docs, methods=["GET"], include_in_schema=False)


async def _docs(_request: Request) -> Response:
    return HTMLResponse(_HTML, headers={"Content-Security-Policy": _POLICY})
