"""The AsyncAPI document holds together, and its examples are what it says records are."""

from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from services.api import service as api
from services.sender import main as sender
from services.verifier import main as verifier
from tests.harness.json_schemas import at, faults, references
from truesend.contracts.asyncapi import asyncapi_document
from truesend.contracts.channels import CHANNELS
from truesend.contracts.topics import TOPICS

DOCUMENT = asyncapi_document()
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def test_every_topic_and_every_dead_letter_topic_is_a_channel() -> None:
    described = {channel["address"]: channel["bindings"]["kafka"] for channel in DOCUMENT["channels"].values()}

    assert set(described) == {name for topic in TOPICS for name in (topic.name, topic.dead_letters)}
    for topic in TOPICS:
        assert described[topic.name]["topicConfiguration"]["retention.ms"] == topic.retention_ms
        dead = described[topic.dead_letters]["topicConfiguration"]
        assert dead["retention.ms"] == topic.dead_letter_retention_ms


def test_every_reference_points_to_something() -> None:
    for reference in references(DOCUMENT):
        assert at(DOCUMENT, reference), reference


def test_another_programs_model_of_asyncapi_reads_the_document() -> None:
    servers = {"kafka": {**DOCUMENT["servers"]["kafka"], "pathname": ""}}

    read = ApplicationSchema.model_validate({**DOCUMENT, "servers": servers})

    assert set(read.channels) == set(DOCUMENT["channels"])


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_fits_its_own_schema_and_uses_no_other_field(name: str) -> None:
    for example in MESSAGES[name]["examples"]:
        assert faults(DOCUMENT, MESSAGES[name]["payload"], example["payload"]) == []
        assert faults(DOCUMENT, MESSAGES[name]["headers"], example["headers"]) == []


def test_an_example_is_a_body_that_its_readers_can_read() -> None:
    for channel in CHANNELS:
        for record_type in channel.types:
            (example,) = MESSAGES[record_type.value]["examples"]
            channel.model.model_validate(example["payload"])


def test_a_record_of_another_type_does_not_fit() -> None:
    (example,) = MESSAGES["session.connected"]["examples"]

    assert faults(DOCUMENT, MESSAGES["session.disconnected"]["headers"], example["headers"])
    assert faults(DOCUMENT, MESSAGES["session.disconnected"]["payload"], example["payload"])


def test_a_field_that_nobody_described_does_not_fit() -> None:
    (example,) = MESSAGES["message.sent"]["examples"]

    (fault,) = faults(DOCUMENT, MESSAGES["message.sent"]["payload"], {**example["payload"], "recipient": "49151"})

    assert "recipient is not described" in fault


def test_every_record_is_written_by_somebody_and_read_by_somebody() -> None:
    sent: set[str] = set()
    received: set[str] = set()
    for operation in DOCUMENT["operations"].values():
        (sent if operation["action"] == "send" else received).update(
            reference["$ref"].rpartition("/")[2] for reference in operation["messages"]
        )

    assert sent == set(MESSAGES)
    assert received == set(MESSAGES) - {"dead_letter"}


def test_groups_are_those_that_the_services_join() -> None:
    described = {reader.group for channel in CHANNELS for reader in channel.readers if reader.group}

    assert described == {
        api.FORWARD_GROUP,
        sender.GROUP,
        sender.EVIDENCE_GROUP,
        verifier.GROUP,
        verifier.WEBHOOK_GROUP,
    }
