"""Which methods an address takes. The router knows that of one route at a time: of several at one address it names the
first one's only, and an address that another one's parameter would fit, too, goes to that. Source: RFC 9110, section 10.2.1.
"""

from typing import Any

from fastapi import FastAPI


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """The methods of this path, as the document has them; none where it is no address of the API."""
    paths: dict[str, dict[str, Any]] = app.openapi()["paths"]
    operations: dict[str, Any] = paths.get(path) or next(
        (paths[template] for template in paths if _fits(template, path)), {}
    )
    return sorted(method.upper() for method in operations)


def _fits(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        part == each or (part.startswith("{") and each != "") for part, each in zip(wanted, given, strict=True)
    )
