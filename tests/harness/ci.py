"""What a run on CI demands."""

import os

TRUE_WORDS = {"1", "true", "yes"}


def real_kafka_is_required() -> bool:
    """Say whether only an Apache Kafka will do as the broker: on CI, or when TRUESEND_REQUIRE_KAFKA says so."""
    return _says_yes("CI") or _says_yes("TRUESEND_REQUIRE_KAFKA")


def browser_is_required() -> bool:
    """Say whether the page must be seen in a browser: on CI."""
    return _says_yes("CI")


def every_tool_is_required() -> bool:
    """Say whether no test may be skipped for want of a tool: on CI."""
    return _says_yes("CI")


def _says_yes(name: str) -> bool:
    return os.environ.get(name, "").lower() in TRUE_WORDS
