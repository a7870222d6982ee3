"""What a run on CI demands."""

import os

TRUE_WORDS = {"1", "true", "yes"}


def real_kafka_is_required() -> bool:
    """Say whether only an Apache Kafka will do as the broker: on CI, or when TRUESEND_REQUIRE_KAFKA says so."""
    return any(os.environ.get(name, "").lower() in TRUE_WORDS for name in ("CI", "TRUESEND_REQUIRE_KAFKA"))
