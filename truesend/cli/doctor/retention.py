"""Whether Kafka forgets personal data as soon as it should: `truesend topics` changes none that is there."""

from collections.abc import Iterator, Mapping
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from truesend.cli.doctor.finding import Finding, warning, well
from truesend.contracts.topics import HOUR_MS, TOPICS

CHECK = "topics' retention"


async def check_retention(client_options: Mapping[str, Any], prefix: str) -> list[Finding]:
    """The finding about the topics with personal data; none from a broker that does not tell.

    On a connection of its own: one that ends over this question is none that another check waits on.
    """
    admin = AIOKafkaAdminClient(**client_options)
    try:
        await admin.start()
        wanted = {f"{prefix}{name}": longest_ms for name, longest_ms in _wanted()}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
        answers = await admin.describe_configs(resources)
    except (KafkaError, OSError, TimeoutError):
        return []
    finally:
        await admin.close()
    kept_ms = {
        found[3]: _longest_ms({entry[0]: entry[1] for entry in found[4]})
        for answer in answers
        for found in answer.resources
    }
    return [_finding(wanted, kept_ms)]


def _finding(wanted: Mapping[str, int], kept_ms: Mapping[str, int]) -> Finding:
    too_long = [name for name, longest_ms in wanted.items() if kept_ms.get(name, 0) > longest_ms]
    if not too_long:
        return well(CHECK, "personal data are forgotten as docs/privacy.md says")
    hours = max(kept_ms[name] for name in too_long) // HOUR_MS
    says = f"personal data live for up to {hours} h on {', '.join(too_long)}"
    return warning(CHECK, says, "Set retention.ms and segment.ms as docs/privacy.md says.")


def _wanted() -> Iterator[tuple[str, int]]:
    for topic in TOPICS:
        if topic.segment_ms is not None:
            yield topic.name, topic.retention_ms + topic.segment_ms
            yield topic.dead_letters, topic.dead_letter_retention_ms + topic.segment_ms


def _longest_ms(config: Mapping[str, str | None]) -> int:
    """What a record may live; 0 where a broker does not tell. A negative retention is for ever."""
    retention_ms, segment_ms = int(config.get("retention.ms") or 0), int(config.get("segment.ms") or 0)
    return 2**63 if retention_ms < 0 else retention_ms + segment_ms
