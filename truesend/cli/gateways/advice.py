"""What to do about a gateway that can't be used, by what a look at it showed."""

from collections.abc import Sequence
from typing import Final

from truesend.gateways.protocol import GatewayHealth

_KEY: Final = (
    "Set GATEWAY_API_KEY (in a file: the variable that key_env names) to the gateway's own key, and GATEWAY_AUTH_STYLE to the"
    " header that it wants it in."
)
_PATH: Final = (
    "Something answers there, but not the gateway at this path: is GATEWAY_URL's port right, and has its path what the"
    " gateway has before its routes, such as /api, and no more?"
)
_ANYTHING: Final = "Is it running, are its URL, its key and its auth style right?"
# By our own words of why there is no answer, in truesend/gateways/http_connections.py.
_NO_ANSWER: Final[Sequence[tuple[str, str]]] = (
    ("does not resolve", "Is the host in GATEWAY_URL spelt right, and known from where this runs?"),
    ("TLS", "Write http:// in GATEWAY_URL where the gateway speaks plain HTTP; else look at its certificate."),
    (
        "refused",
        "Is it running, and GATEWAY_URL's port right? In a container 127.0.0.1 is the container: write the gateway's host.",
    ),
)


def advice(health: GatewayHealth) -> str:
    """A sentence or two for the operator; empty where all is well."""
    if health.is_reachable and health.key_accepted:
        return ""
    if health.key_accepted is False:
        return _KEY
    detail = health.detail or ""
    if "HTTP 404" in detail or "HTTP 405" in detail:
        return _PATH
    return next((says for words, says in _NO_ANSWER if words in detail), _ANYTHING)
