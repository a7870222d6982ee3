"""docs/install/kafka.md says what Kafka must allow, and how topics are made where we may not."""

import re
from pathlib import Path

from truesend.contracts.access import SERVICES, rights_of
from truesend.contracts.topics import TOPICS

_PAGE = (Path(__file__).parents[3] / "docs/install/kafka.md").read_text()
_RIGHT = re.compile(r"^\| (\w+) \| (\w+) \| (topic|group) \| (.+) \|$", re.MULTILINE)
_TOPIC = re.compile(r"^\| `([\w.]+)` \| (\d+) \| (\d+|the default) \| (\d+) \|$", re.MULTILINE)


def test_the_table_of_rights_is_what_the_services_write_and_read() -> None:
    written = {
        (who, kind, name.strip(" `"), operation)
        for who, operation, kind, names in _RIGHT.findall(_PAGE)
        for name in names.split(",")
    }
    needed = {
        (right.who, right.kind, right.name, right.operation)
        for who in (*SERVICES, "topics", "operator")
        for right in rights_of(who)
    }
    assert written == needed


def test_the_table_of_topics_is_how_they_are_made() -> None:
    assert _TOPIC.findall(_PAGE) == [
        (
            topic.name,
            str(topic.retention_ms),
            str(topic.segment_ms or "the default"),
            str(topic.dead_letter_retention_ms),
        )
        for topic in TOPICS
    ]
