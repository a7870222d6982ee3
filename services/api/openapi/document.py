"""FastAPI's document, finished: problem documents, examples, request bodies as schemas of their own, ids to read.

Source: OpenAPI 3.1.0.
"""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.api.openapi.examples import EXAMPLES, PARAMETERS, Example
from services.api.openapi.live_events import LIVE_SCHEMAS, LIVE_STREAMS
from services.api.openapi.problem_shape import Problem
from services.api.openapi.problems import (
    BROKEN_JSON,
    DATABASE_AWAY,
    NO_KEY,
    NO_ORGANIZATION,
    NOT_FOUND,
    NOT_YOURS,
    OF_OPERATION,
    OUR_FAULT,
    TOO_LARGE,
    TOO_MANY_GUESSES,
    WRONG_FIELD,
    Case,
)
from services.api.openapi.request_bodies import lift_request_body

Document = dict[str, Any]

SCHEMAS = "#/components/schemas"
PROBLEM_MEDIA = "application/problem+json"
ORGANIZATION = {"$ref": "#/components/parameters/Organization"}
_ORGANIZATION_HEADER = {
    "name": "X-Organization-Id",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "format": "uuid"},
    "description": "For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization.",
}
_RETRY_AFTER = {"schema": {"type": "string"}, "description": "Seconds until it makes sense to try again."}
_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": _RETRY_AFTER},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": _RETRY_AFTER},
}
_NO_SCHEMA_OF_OURS = ("HTTPValidationError", "ValidationError")
# OpenAPI: "If in is "header" and the name field is "Accept" …, the parameter definition SHALL be ignored."
_IGNORED = ("accept",)
_PLAIN_TEXT = ({"type": "string"}, {"anyOf": [{"type": "string"}, {"type": "null"}]})


class DescribedApi(FastAPI):
    """A FastAPI whose document says all that its routes do."""

    def openapi(self) -> Document:
        """The document; made once."""
        if self.openapi_schema is None:
            self.openapi_schema = finished(super().openapi())
        return self.openapi_schema


def operation_id(route: APIRoute) -> str:
    """The function's name: what clients that are generated call it."""
    return route.name


def finished(document: Document) -> Document:
    """The document with what FastAPI cannot know."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _NO_SCHEMA_OF_OURS:
        schemas.pop(name, None)
    for path, operation in _operations(document):
        lift_request_body(operation, schemas)
        _describe_answers(operation, schemas)
        _add_problems(operation, _cases(path, operation))
        _finish_parameters(operation)
        _add_examples(operation, EXAMPLES.get(operation["operationId"]))
        _add_stream(operation)
    problem = Problem.model_json_schema(ref_template=f"{SCHEMAS}/{{model}}")
    schemas |= problem.pop("$defs") | {"Problem": problem} | LIVE_SCHEMAS
    components["schemas"] = dict(sorted(schemas.items()))
    components["parameters"] = {"Organization": _ORGANIZATION_HEADER}
    return document


def _operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            yield path, operation


def _needs_a_key(operation: Document) -> bool:
    return {"ApiKey": []} in operation.get("security", [])


def _finish_parameters(operation: Document) -> None:
    if "parameters" in operation:
        operation["parameters"] = [item for item in operation["parameters"] if item["name"].lower() not in _IGNORED]
    for parameter in operation.get("parameters", []):
        if (example := PARAMETERS.get(parameter["name"])) is not None:
            parameter["example"] = example
    if _needs_a_key(operation):
        operation.setdefault("parameters", []).append(dict(ORGANIZATION))


def _describe_answers(operation: Document, schemas: Document) -> None:
    """What comes back, in the words of its schema."""
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        if answer["description"] == "Successful Response":
            answer["description"] = schemas.get(name, {}).get("description") or HTTPStatus(int(status)).phrase


def _cases(path: str, operation: Document) -> Iterator[Case]:
    """The problems that follow from the operation's shape, and its own."""
    if _needs_a_key(operation):
        yield from (NO_ORGANIZATION, NO_KEY, TOO_MANY_GUESSES, NOT_YOURS, DATABASE_AWAY)
    if "{" in path:
        yield NOT_FOUND
    if "requestBody" in operation and _needs_a_key(operation):
        yield from (BROKEN_JSON, TOO_LARGE, WRONG_FIELD)
    elif any(_can_be_wrong(parameter) for parameter in operation.get("parameters", [])):
        yield WRONG_FIELD
    yield from OF_OPERATION.get(operation["operationId"], ())
    if path.startswith("/v1/"):
        yield OUR_FAULT


def _can_be_wrong(parameter: Document) -> bool:
    schema = {name: value for name, value in parameter.get("schema", {}).items() if name in {"type", "anyOf", "format"}}
    return bool(schema) and schema not in _PLAIN_TEXT


def _add_problems(operation: Document, cases: Iterator[Case]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    found: dict[HTTPStatus, list[Case]] = {}
    for case in cases:
        found.setdefault(case.status, []).append(case)
    for status, of_status in sorted(found.items()):
        examples = {
            f"{case.kind}-{number}" if number else case.kind: {"value": case.example}
            for number, case in _numbered(of_status)
        }
        answer: Document = {
            "description": " ".join(dict.fromkeys(case.detail for case in of_status)),
            "content": {PROBLEM_MEDIA: {"schema": {"$ref": f"{SCHEMAS}/Problem"}, "examples": examples}},
        }
        if status in _HEADERS:
            answer["headers"] = _HEADERS[status]
        responses[str(int(status))] = answer


def _numbered(cases: Sequence[Case]) -> Iterator[tuple[int, Case]]:
    """Cases of the same kind are told apart by a number."""
    seen: dict[str, int] = {}
    for case in cases:
        yield seen.get(case.kind, 0), case
        seen[case.kind] = seen.get(case.kind, 0) + 1


def _add_examples(operation: Document, example: Example | None) -> None:
    if example is None:
        return
    if example.request is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example.request
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        if status.startswith("2"):
            for media in content.keys() & example.answers.keys():
                content[media]["example"] = example.answers[media]


def _add_stream(operation: Document) -> None:
    """What an event stream carries: OpenAPI 3.1 has no words for it, so an extension names the schema of each event."""
    events = LIVE_STREAMS.get(operation["operationId"])
    if events is not None:
        content = operation["responses"]["200"]["content"]["text/event-stream"]
        content["schema"] = {"type": "string", "description": "Server-sent events (WHATWG HTML, section 9.2)."}
        content["x-events"] = events
