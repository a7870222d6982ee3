"""How a gateway's webhooks arrive, in a sentence and in figures."""

from collections.abc import Mapping, Sequence
from typing import Any


def webhook_health(
    gateway: str,
    *,
    secret_configured: bool,
    seen: Mapping[str, Any] | None,
    refused: Sequence[Mapping[str, Any]],
    recent: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The answer of ``GET /v1/webhooks/{gateway}/health``: refusals are those of the last day, the latest first."""
    return {
        "gateway": gateway,
        "says": sentence(secret_configured=secret_configured, seen=seen, refused=refused),
        "secret_configured": secret_configured,
        "accepted": seen["accepted"] if seen else 0,
        "without_use": seen["without_use"] if seen else 0,
        "last_accepted_at": seen["last_accepted_at"] if seen else None,
        "refused": refused,
        "recent": recent,
    }


def sentence(*, secret_configured: bool, seen: Mapping[str, Any] | None, refused: Sequence[Mapping[str, Any]]) -> str:
    """What an operator should know first."""
    if not secret_configured:
        return "No webhook is taken: set WEBHOOK_SECRET to what the gateway sends."
    if refused:
        total, since = sum(row["refused"] for row in refused), min(row["since"] for row in refused)
        reasons = ", ".join(str(row["reason"]).replace("_", " ") for row in refused)
        noun = "webhook" if total == 1 else "webhooks"
        return f"{total} {noun} refused since {since:%H:%M} UTC: {reasons}"
    if seen is None or seen["last_accepted_at"] is None:
        return "No webhook has come yet: set the gateway's webhook address to this API."
    return f"Webhooks arrive: the last one at {seen['last_accepted_at']:%Y-%m-%d %H:%M} UTC"
