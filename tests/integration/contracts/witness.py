"""A client that holds every answer of an API against the API's own document."""

import re
from collections import defaultdict
from typing import Any
from uuid import uuid4

import orjson

from tests.harness.json_schemas import faults
from tests.integration.api.client import Answer, ApiClient

Operation = dict[str, Any]


class Witness:
    """Calls an API. ``seen`` are the statuses that each operation has answered with."""

    def __init__(self, api: ApiClient, document: dict[str, Any]) -> None:
        self.api = api
        self.document = document
        self.seen: dict[str, set[int]] = defaultdict(set)
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    async def call(self, name: str, *, query: str = "", expect: int | None = None, **options: Any) -> Answer:
        """One request to the operation; `path` fills its places, any id where none is given. The answer is as described."""
        method, template, _ = self.operations[name]
        places = defaultdict(lambda: str(uuid4()), {key: str(value) for key, value in options.pop("path", {}).items()})
        path = re.sub(r"{(\w+)}", lambda place: places[place[1]], template)
        answer = await self.api.call(method, path + query, **options)
        self._hold(name, answer)
        assert expect is None or answer.status == expect, f"{name}: {answer.status} {answer.body}"
        return answer

    def _hold(self, name: str, answer: Answer) -> None:
        _, _, operation = self.operations[name]
        self.seen[name].add(answer.status)
        described = operation["responses"].get(str(answer.status))
        assert described is not None, f"{name}: {answer.status} is not described: {answer.body}"
        media = answer.headers.get("Content-Type", "").partition(";")[0]
        content = described.get("content", {})
        if not content:
            assert answer.body == "", f"{name}: {answer.status} has a body"
            return
        assert media in content, f"{name}: {answer.status} is {media}"
        assert faults(self.document, content[media].get("schema", {}), answer.body) == [], f"{name}: {answer.body}"

    def request_of(self, name: str) -> Any:
        """The body that the document shows as an example."""
        body = self.operations[name][2].get("requestBody")
        return body["content"]["application/json"]["example"] if body else None

    def described(self, name: str) -> set[int]:
        """The statuses that the document has for it."""
        return {int(status) for status in self.operations[name][2]["responses"]}

    def needs_a_key(self, name: str) -> bool:
        """Whether it is for callers with an API key."""
        return {"ApiKey": []} in self.operations[name][2].get("security", [])


async def the_document(api: ApiClient) -> dict[str, Any]:
    """The document that the API serves."""
    answer = await api.get("/openapi.json", headers={})
    document: dict[str, Any] = orjson.loads(orjson.dumps(answer.body))
    return document
