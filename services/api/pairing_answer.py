"""What is shown of a session that is being paired: from what its gateway shows now, and what was shown before."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from services.api.session_control import SessionAtGateway
from truesend.gateways.protocol import Observation, ObservedState

STATUSES: Final = {
    ObservedState.CONNECTED: "connected",
    ObservedState.DISCONNECTED: "disconnected",
    ObservedState.CONNECTING: "connecting",
    ObservedState.QR_WANTED: "qr_pending",
    ObservedState.UNKNOWN_STATE: "disconnected",
}
CANNOT_TELL: Final = "cannot_tell"

_STILL_PAIRING: Final = frozenset({ObservedState.QR_WANTED, ObservedState.CANNOT_TELL})


@dataclass(frozen=True, slots=True)
class CodesShown:
    """The QR code that was shown last and since when, and what the request for a pairing code brought."""

    qr: str | None = None
    qr_since: datetime | None = None
    requested: Observation | None = None

    def with_look(self, seen: Observation, now: datetime) -> "CodesShown":
        """After one more look.

        Gateways give a pairing code once and don't show it with later looks, so it is kept until its end, or until the
        session waits for no code any more.
        """
        requested = self.requested
        if seen.state not in _STILL_PAIRING or (requested is not None and _is_over(requested, now)):
            requested = None
        if seen.qr is None or seen.qr == self.qr:
            return replace(self, requested=requested)
        return CodesShown(seen.qr, now, requested)

    def with_request(self, answered: Observation) -> "CodesShown":
        """After a pairing code was asked for."""
        return replace(self, requested=answered)

    def qr_ends_at(self, qr_life_s: float | None) -> datetime | None:
        """About when, for a gateway whose codes live so long; None where it does not say."""
        if self.qr_since is None or qr_life_s is None:
            return None
        return self.qr_since + timedelta(seconds=qr_life_s)


def pairing_answer(session: SessionAtGateway, seen: Observation, shown: CodesShown) -> dict[str, Any]:
    """What the caller is shown. ``detail`` is in the gateway's words; a code without a known end may end at any time."""
    can = session.gateway.capabilities
    ends_at = seen.expires_at
    if ends_at is None and seen.qr is not None:
        ends_at = shown.qr_ends_at(can.qr_life_s)
    requested = shown.requested
    return {
        "session_id": str(session.id),
        "status": STATUSES.get(seen.state, CANNOT_TELL),
        "qr": seen.qr,
        "qr_expires_at": ends_at,
        "pairing_code": seen.pairing_code or (requested.pairing_code if requested else None),
        "offers_pairing_code": can.pairing_code,
        "detail": seen.detail or (requested.detail if requested else "") or None,
    }


def _is_over(offered: Observation, now: datetime) -> bool:
    return offered.expires_at is not None and offered.expires_at <= now
