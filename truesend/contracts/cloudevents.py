"""CloudEvents 1.0 in Kafka's binary content mode: attributes are headers, the body is the data.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2.
"""

from datetime import datetime
from uuid import UUID, uuid4

Header = tuple[str, bytes]


class CloudEventHeaders:
    """Headers of one service's records. ``source`` names it: a URI reference like ``/truesend/sender``."""

    def __init__(self, source: str) -> None:
        self._constant: list[Header] = [
            ("ce_specversion", b"1.0"),
            ("ce_source", source.encode()),
            ("content-type", b"application/json"),
        ]

    def of(self, event_id: UUID | None, event_type: str, time: datetime, traceparent: str | None) -> list[Header]:
        """Headers for one record; its id is made up where it has none."""
        written_id = str(event_id or uuid4()).encode()
        headers = [
            *self._constant,
            ("ce_id", written_id),
            ("correlation_id", written_id),
            ("ce_type", event_type.encode()),
            ("ce_time", time.isoformat().encode()),
        ]
        if traceparent is not None:
            headers.append(("traceparent", traceparent.encode()))
        return headers
