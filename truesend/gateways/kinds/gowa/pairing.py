"""Pairing a device with GOWA: codes that were asked for, and until when no other one is.

Each login ends the one before it, and the code that somebody may be scanning with it. While an operator looks we are asked
every two seconds, so a code is kept for as long as GOWA says that it lives, and a refusal for a moment.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from truesend.gateways.answers import Said
from truesend.gateways.protocol import Observation

# a login waits for WhatsApp; where that is out of reach, each costs a client and a connection attempt
LOGIN_PAUSE: Final = timedelta(seconds=10)
# what a person needs to type a code into a phone: a QR login in between would end its pairing
TYPING_TIME: Final = timedelta(seconds=120)

_QR_LIFE_S: Final = 30
_QR_LIVES_S: Final = range(5, 121)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_LINK: Final = re.compile(r"[a-z]+://[^/?#]*(/[^?#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Offer:
    until: datetime
    seen: Observation


class Offers:
    """What each session that is being paired was offered last."""

    def __init__(self) -> None:
        self._offers: dict[str, _Offer] = {}

    def standing(self, session_id: str, now: datetime) -> Observation | None:
        """What stands, where it is too early to ask for another."""
        offer = self._offers.get(session_id)
        return offer.seen if offer is not None and now < offer.until else None

    def keep(self, session_id: str, until: datetime, seen: Observation) -> Observation:
        """Keep it until then. Returns it."""
        self._offers[session_id] = _Offer(until, seen)
        return seen

    def forget(self, session_id: str) -> None:
        """The session is paired, or nothing is known of it any more."""
        self._offers.pop(session_id, None)


def qr_life(login: Said) -> timedelta:
    """How long the code of a login lives."""
    match login.at("results", "qr_duration"):
        case int(told) if told in _QR_LIVES_S:
            return timedelta(seconds=told)
        case _:
            return timedelta(seconds=_QR_LIFE_S)


def picture_path(login: Said, gateway_url: str) -> str | None:
    """Where the picture of a login's code is, as a path below the gateway's address.

    The link's host is what GOWA saw of the request: behind a proxy it is none of ours, so only the path is used.
    """
    link = _LINK.fullmatch(login.text_at("results", "qr_link") or "")
    if link is None:
        return None
    base = urlsplit(gateway_url).path.rstrip("/")
    path = quote(link[1], safe="/%", errors="replace")
    return path.removeprefix(base) if base and path.startswith(f"{base}/") else path


def picture(said: Said) -> str | None:
    """A picture as a data URL; None where it is none."""
    answer = said.answer
    if not said.is_ok or answer.truncated or not answer.body.startswith(_PNG):
        return None
    return "data:image/png;base64," + base64.b64encode(answer.body).decode()
