"""CloudEvents 1.0 in Kafka's binary content mode: attributes are headers, the body is the data.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2.
"""

from datetime import datetime
from uuid import UUID


def cloudevent_headers(
    *, event_id: UUID, event_type: str, source: str, time: datetime, traceparent: str | None = None
) -> dict[str, str]:
    """Headers for one record. ``source`` names the publishing service: a URI reference like ``/truesend/sender``."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(event_id),
        "ce_type": event_type,
        "ce_source": source,
        "ce_time": time.isoformat(),
        "content-type": "application/json",
    }
    if traceparent is not None:
        headers["traceparent"] = traceparent
    return headers
