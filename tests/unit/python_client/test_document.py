"""`truesend-client` has every operation and every field of docs/api/openapi.json, or says why not."""

import inspect
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import truesend_client
from truesend_client import models, operations
from truesend_client.call import Call

_DOCUMENT = json.loads((Path(__file__).parents[3] / "docs" / "api" / "openapi.json").read_text())
_SCHEMAS = _DOCUMENT["components"]["schemas"]
_OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in _DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
_LEFT_OUT = {
    "take_webhook": "gateways call it, with a secret of their own",
    "healthz": "for whoever keeps the service alive, not for callers",
    "readyz": "the same",
    "metrics": "for Prometheus",
    "stream_events": "is `events()`, which reads it and takes it up again",
}
_CALLED = sorted(_OPERATIONS.keys() - _LEFT_OUT.keys())
# Bodies that are given as one model; the fields of all others are parameters.
_WHOLE = {"NewMessage": "message", "PaceBody": "pace"}
_PARAMETER_BODIES = {
    "BatchBody",
    "VerifyRequest",
    "ReasonBody",
    "RetryBody",
    "DeliveredBody",
    "BulkRetryBody",
    "NewSession",
}
_NO_BODY_OF_A_CALLER = {"Liveness", "Readiness"}
_ID = UUID("5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11")
_FILLED: dict[str, Any] = {
    "message": models.NewMessage(session_id=_ID, recipient="919800001234"),
    "messages": [models.NewMessage(session_id=_ID, recipient="919800001234")],
    "pace": models.PaceBody(),
    "filter": models.RetryFilter(),
    "gateway": "main",
}


def test_every_operation_is_a_method_of_both_clients_or_left_out_for_a_reason() -> None:
    for client in (truesend_client.Truesend, truesend_client.AsyncTruesend):
        assert [name for name in _CALLED if not callable(getattr(client, name, None))] == []
    assert _OPERATIONS.keys() >= _LEFT_OUT.keys()


@pytest.mark.parametrize("name", _CALLED)
def test_a_method_takes_what_its_operation_takes(name: str) -> None:
    operation = _OPERATIONS[name][2]
    named = [parameter for parameter in operation["parameters"] if "name" in parameter]
    expected = {each["name"].replace("-", "_") for each in named}
    body = _body_name(operation)
    if body is not None:
        expected |= {_WHOLE[body]} if body in _WHOLE else set(_SCHEMAS[body]["properties"])

    assert set(inspect.signature(getattr(operations, name)).parameters) == expected
    for client in (truesend_client.Truesend, truesend_client.AsyncTruesend):
        assert _signature(getattr(client, name)) == _signature(getattr(operations, name))


@pytest.mark.parametrize("name", _CALLED)
def test_a_call_goes_where_its_operation_is_and_expects_what_that_answers(name: str) -> None:
    method, path, operation = _OPERATIONS[name]
    call = _call(name)

    given = {"gateway": "main"} | {f"{kind}_id": str(_ID) for kind in ("session", "message", "batch")}
    assert (call.method, call.path) == (method, path.format(**given))
    [success, *_] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    schema = success.get("content", {}).get("application/json", {}).get("schema", {})
    assert call.answer.__name__ == schema.get("$ref", "/NoneType").rpartition("/")[2]


def test_only_calls_that_do_no_more_when_they_are_repeated_are_repeated() -> None:
    repeated = {name for name in _CALLED if _call(name).repeatable}
    reading = {name for name in _CALLED if _OPERATIONS[name][0] == "GET"}

    # verifications are gathered, a pace is what it is, and the others carry an idempotency key
    assert repeated == reading | {"verify_session", "verify_sessions", "set_pace", "create_message", "create_batch"}
    assert {name for name in _CALLED if "Idempotency-Key" in _call(name).headers} == {"create_message", "create_batch"}
    assert not operations.session_qr(_ID, phone_number="919800001234").repeatable


@pytest.mark.parametrize("name", sorted(_SCHEMAS.keys() - _PARAMETER_BODIES - _NO_BODY_OF_A_CALLER))
def test_a_model_has_the_fields_of_its_schema_with_their_types(name: str) -> None:
    schema = _SCHEMAS[name]
    model = getattr(models, name, None) or getattr(truesend_client, name)
    if schema["type"] == "string":
        assert set(schema["enum"]) == set(model.__args__[0].__args__)
        return

    ours = model.model_json_schema(by_alias=True)
    assert _fields(ours, ours.get("$defs", {})) == _fields(schema, _SCHEMAS)
    assert set(ours.get("required", [])) == set(schema.get("required", []))


def test_a_model_takes_an_answer_of_an_api_that_has_become_newer() -> None:
    answer: dict[str, Any] = {"items": [], "next_cursor": None, "a_field_of_next_year": 1}
    fact = {"id": str(_ID), "organization_id": str(_ID), "type": "session.floating", "status": "floating"}

    assert models.SessionList.model_validate(answer) == models.SessionList(items=(), next_cursor=None)
    newer = models.SessionFact.model_validate(fact | {"version": 1, "occurred_at": "2026-03-01T10:00:00Z"})
    assert newer.status == "floating"
    queue = {"session_id": str(_ID), "waiting": 1, "oldest_due_at": "2026-03-01T10:00:00Z", "held_until": None}
    assert models.WaitingQueue.model_validate(queue | {"held_reason": "eclipse"}).held_reason == "eclipse"


def _call(name: str) -> Call[Any]:
    parameters = inspect.signature(getattr(operations, name)).parameters.values()
    needed = [each.name for each in parameters if each.default is inspect.Parameter.empty]
    call: Call[Any] = getattr(operations, name)(**{each: _FILLED.get(each, _ID) for each in needed})
    return call


def _signature(function: Any) -> list[tuple[str, Any, Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [(each.name, each.annotation, each.default) for each in parameters if each.name != "self"]


def _body_name(operation: dict[str, Any]) -> str | None:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    references = [each["$ref"] for each in (schema, *schema.get("anyOf", [])) if "$ref" in each]
    return references[0].rpartition("/")[2] if references else None


def _fields(schema: dict[str, Any], named: dict[str, Any]) -> dict[str, object]:
    return {name: _type(each, named) for name, each in schema.get("properties", {}).items()}


def _type(schema: dict[str, Any], named: dict[str, Any]) -> object:
    """A type as both sides can write it. Words that the API may add to are open on our side, and count as the words alone."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name if named[name].get("type") == "object" else _type(named[name], named)
    if "anyOf" in schema:
        alternatives = frozenset[object]().union(*(_alternatives(each, named) for each in schema["anyOf"]))
        if any(isinstance(each, tuple) and each[0] == "words" for each in alternatives):
            alternatives -= {"string"}
        return alternatives if len(alternatives) > 1 else next(iter(alternatives))
    if "enum" in schema:
        return ("words", frozenset(schema["enum"]))
    match schema.get("type"):
        case "string":
            return schema.get("format", "string")
        case "array":
            return ("list", _type(schema["items"], named))
        case "object":
            values = schema.get("additionalProperties")
            return ("object", _type(values, named) if isinstance(values, dict) else None)
        case other:
            return other


def _alternatives(schema: dict[str, Any], named: dict[str, Any]) -> frozenset[object]:
    found = _type(schema, named)
    return found if isinstance(found, frozenset) else frozenset({found})
