"""What one unit of work takes: the figures that everything else here is worked out from."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU time in seconds, at full load, on a core of the machine that it was measured on; sizes in bytes.

    ``pipeline_s`` is what a message takes from due to sent beside its gateway's own time, where nothing else waits.
    """

    measured_on: str
    sender_message_s: float
    sender_ack_s: float
    postgres_message_s: float
    postgres_ack_s: float
    postgres_verification_s: float
    postgres_posted_s: float
    kafka_message_s: float
    kafka_ack_s: float
    kafka_verification_s: float
    verifier_verification_s: float
    relay_fact_s: float
    api_posted_s: float
    api_webhook_s: float
    api_verification_s: float
    api_fact_s: float
    api_page_fact_s: float
    pipeline_s: float
    message_bytes: float
    attempt_bytes: float
    fact_bytes: float
    wal_message_bytes: float
    wal_ack_bytes: float
    kafka_message_bytes: float
    kafka_ack_bytes: float
    sender_bytes: float
    verifier_bytes: float
    api_bytes: float
    page_bytes: float


MEASURED: Final = Costs(
    measured_on="2026-11-26, one of 2 cores",
    sender_message_s=147e-6,
    sender_ack_s=190e-6,
    postgres_message_s=230e-6,
    postgres_ack_s=267e-6,
    postgres_verification_s=127e-6,
    postgres_posted_s=45e-6,
    kafka_message_s=100e-6,
    kafka_ack_s=185e-6,
    kafka_verification_s=167e-6,
    verifier_verification_s=313e-6,
    relay_fact_s=18e-6,
    api_posted_s=43e-6,
    api_webhook_s=468e-6,
    api_verification_s=147e-6,
    api_fact_s=22e-6,
    api_page_fact_s=12e-6,
    pipeline_s=0.0106,
    message_bytes=1_020,
    attempt_bytes=467,
    fact_bytes=1_528,
    wal_message_bytes=6_512,
    wal_ack_bytes=4_727,
    kafka_message_bytes=1_295,
    kafka_ack_bytes=1_345,
    sender_bytes=86e6,
    verifier_bytes=86e6,
    api_bytes=92e6,
    page_bytes=41e3,
)
"""By `make bench ARGS=capacity` and `ARGS=live`."""
