"""The OpenAPI document holds together: ids, examples, problems and references."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.api.application import described_routes
from services.api.openapi.examples import EXAMPLES
from services.api.openapi.problems import OF_OPERATION
from tests.harness.json_schemas import at, faults, references

DOCUMENT = described_routes().openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation for methods in DOCUMENT["paths"].values() for operation in methods.values()
}


def _examples(operation: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Each example of a request or an answer, with the schema that it must fit."""
    for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
        for content in part.get("content", {}).values():
            if "example" in content:
                yield content["schema"], content["example"]
            for example in content.get("examples", {}).values():
                yield content["schema"], example["value"]


def test_every_operation_has_a_name_of_its_own_that_reads_like_a_function() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in DOCUMENT["paths"].values())
    assert all(name.isidentifier() and name.islower() for name in OPERATIONS)


def test_every_reference_points_to_something() -> None:
    for reference in references(DOCUMENT):
        assert at(DOCUMENT, reference), reference


def test_examples_and_problems_are_of_operations_that_are_there() -> None:
    assert set(EXAMPLES) <= set(OPERATIONS)
    assert set(OF_OPERATION) <= set(OPERATIONS)


def test_every_tag_is_described() -> None:
    described = {tag["name"] for tag in DOCUMENT["tags"]}

    assert {tag for operation in OPERATIONS.values() for tag in operation["tags"]} == described


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_it_does_and_shows_an_example_of_each_body(name: str) -> None:
    operation = OPERATIONS[name]
    bodies = {"the request": operation.get("requestBody", {})}
    bodies |= {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    bare = {
        place for place, body in bodies.items() for media in body.get("content", {}).values() if "example" not in media
    }

    assert operation["description"]
    assert bare == set()
    assert all(answer["description"] != "Successful Response" for answer in operation["responses"].values())


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_example_fits_its_own_schema_and_uses_no_other_field(name: str) -> None:
    for schema, example in _examples(OPERATIONS[name]):
        assert faults(DOCUMENT, schema, example) == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_error_is_a_problem_document(name: str) -> None:
    errors = {status: answer for status, answer in OPERATIONS[name]["responses"].items() if status >= "4"}

    for status, answer in errors.items():
        if name not in {"healthz", "readyz"}:
            (content,) = answer["content"].values()
            assert set(answer["content"]) == {"application/problem+json"}
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert all(example["value"]["status"] == int(status) for example in content["examples"].values())


def test_only_probes_and_metrics_need_no_key_and_webhooks_need_a_secret() -> None:
    schemes = {
        name: {scheme for choice in operation.get("security", []) for scheme in choice}
        for name, operation in OPERATIONS.items()
    }

    assert {name for name, used in schemes.items() if not used} == {"healthz", "readyz", "metrics"}
    assert {name for name, used in schemes.items() if "WebhookSecret" in used} == {"take_webhook"}
    assert set().union(*schemes.values()) == set(DOCUMENT["components"]["securitySchemes"])
