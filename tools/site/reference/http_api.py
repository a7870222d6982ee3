"""The pages of the HTTP API, written from docs/api/openapi.json."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tools.site.reference.markdown import paragraph, sentence, table
from tools.site.reference.schemas import Types, described, fields, kind

_DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "api" / "openapi.json"
_HEAD: Final = """# HTTP API

Every operation of the API: what it takes, what it answers, and a line to try it with. The same as OpenAPI is
[openapi.json](../api/openapi.json); a running API has it at `/openapi.json`, and as a page at `/docs`. What may be relied on
is said [with the contracts](../api/README.md#what-stays-as-it-is).

This page is written from the published contract by `make docs`.

The lines are for the demo of `make up`:

```sh
export TRUESEND_URL=http://127.0.0.1:8000
export KEY=$(cat .truesend/key-a)
export SESSION_ID=a0000000-0000-4000-8000-000000000001
export MESSAGE_ID=$(curl -s -H "X-API-Key: $KEY" "$TRUESEND_URL/v1/messages?status=sent&limit=1" |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["id"])')
```

`BATCH_ID` is what creating a batch answers with, `WEBHOOK_SECRET` the setting of that name.

## Keys and organisations

A key comes as `X-API-Key` or as `Authorization: Bearer`; with `AUTH_MODE=jwt` a token comes as `Authorization: Bearer`. The
key or the token says for which organisation. Where it does not, the header `X-Organization-Id` does, and is checked. Another
organisation's ids are as unknown as those that nobody has.

## Lists

A list is `{"items": […], "next_cursor": …}`. `cursor` takes the `next_cursor` of the page before; the last one has null.

## Errors

An error is a problem document (RFC 9457, `application/problem+json`): `type` tells kinds apart and does not change, `detail`
is for people. Those of 400, 401, 403, 413, 422, 429, 500 and 503 may come from every operation with a key; the others are
named with the operations that answer with them.

"""
# What every operation with a key may answer, and what no caller can do anything about.
_EVERYWHERE: Final = {"400", "401", "403", "413", "422", "429", "500", "503"}
_EXAMPLE_IDS: Final = {
    "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11": "SESSION_ID",
    "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22": "MESSAGE_ID",
}
_PATHS: Final = {
    "session_id": "$SESSION_ID",
    "message_id": "$MESSAGE_ID",
    "batch_id": "$BATCH_ID",
    "gateway": "default",
}

# A time of an example is long past, and may be left out of every body.
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT")

Operation = Mapping[str, Any]


def http_api_page() -> str:
    """The page, in Markdown."""
    document = json.loads(_DOCUMENT.read_text())
    types = document["components"]["schemas"]
    parts = [_HEAD, _problems(document)]
    for tag in document["tags"]:
        parts.append(f"\n## {sentence(tag['name'])}\n\n{tag['description']}\n")
        parts += [_operation(*each, types) for each in operations(document) if tag["name"] in each[2]["tags"]]
    parts.append("\n## Shapes\n")
    parts += [_shape(name, types) for name in sorted(types) if "properties" in types[name]]
    return "".join(parts)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Operation]]:
    """Method, path and description of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _problems(document: Mapping[str, Any]) -> str:
    found: dict[str, tuple[str, str, str]] = {}
    for _, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            for problem in _examples_of_problems(answer):
                name = problem["type"].rsplit(":", 1)[-1]
                found.setdefault(name, (status, f"`{name}`", problem.get("detail", "")))
    rows = sorted(found.values(), key=lambda row: (row[0] not in _EVERYWHERE, row[0]))
    return table(("status", "`type`: `urn:truesend:problem:` and", "`detail`, for example"), rows)


def _operation(method: str, path: str, operation: Operation, types: Types) -> str:
    parts = [
        f"\n### {sentence(operation['summary'])}\n\n`{method} {path}`\n\n{paragraph(operation.get('description', ''))}\n"
    ]
    parameters = [each for each in operation.get("parameters", ()) if "name" in each and each["in"] != "path"]
    parts.append(
        table(
            ("parameter", "in", "is", ""),
            (
                (f"`{each['name']}`", each["in"], kind(each["schema"], types), described(each["schema"]))
                for each in parameters
            ),
        )
    )
    if body := operation.get("requestBody"):
        parts.append(f"Body{'' if body.get('required') else ', if any'}: {_body_kind(body, types)}.\n")
    if _wants_the_gateways_secret(operation):
        parts.append("<!-- not run: the demo has no WEBHOOK_SECRET, and takes no webhooks -->")
    parts.append(f"```sh\n{_curl(method, path, operation)}\n```\n")
    parts.append(table(("answer", "", ""), _answers(operation, types)))
    return "\n".join(part for part in parts if part)


def _body_kind(body: Mapping[str, Any], types: Types) -> str:
    [content] = body["content"].values()
    return kind(content["schema"], types).removesuffix(" or null")


def _answers(operation: Operation, types: Types) -> Iterator[tuple[str, str, str]]:
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            said = answer.get("description", "").strip()
            kinds = (
                kind(content["schema"], types) for content in answer.get("content", {}).values() if "schema" in content
            )
            yield status, "" if said in {"OK", "Successful Response"} else paragraph(said), ", ".join(kinds)
        elif status not in _EVERYWHERE or "security" not in operation or _wants_the_gateways_secret(operation):
            problems = [each["type"].rsplit(":", 1)[-1] for each in _examples_of_problems(answer)]
            yield status, ", ".join(f"`{name}`" for name in problems), "[Problem](#problem)" if problems else ""


def _examples_of_problems(answer: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for example in answer.get("content", {}).get("application/problem+json", {}).get("examples", {}).values():
        yield example["value"]


def _curl(method: str, path: str, operation: Operation) -> str:
    words = ["curl", "-sN" if operation["operationId"] == "stream_events" else "-s"]
    if method != "GET":
        words += ["-X", method]
    lines = [" ".join(words)]
    if _wants_the_gateways_secret(operation):
        lines.append('-H "X-API-Key: $WEBHOOK_SECRET"')
    elif operation.get("security"):
        lines.append('-H "X-API-Key: $KEY"')
    if body := operation.get("requestBody"):
        [content] = body["content"].values()
        example = {name: value for name, value in content["example"].items() if not _TIME.match(str(value))}
        lines += [
            "-H 'Content-Type: application/json'",
            f"-d {_quoted(json.dumps(example, ensure_ascii=False))}",
        ]
    address = re.sub(r"\{(\w+)\}", lambda name: _PATHS[name[1]], path)
    lines.append(f'"$TRUESEND_URL{address}"')
    one_line = " ".join(lines)
    return one_line if len(one_line) <= 110 else " \\\n  ".join(lines)


def _wants_the_gateways_secret(operation: Operation) -> bool:
    return any("WebhookSecret" in each for each in operation.get("security", ()))


def _quoted(text: str) -> str:
    """The text as the shell has to read it, with the ids of the demo where the examples have one."""
    for example, variable in _EXAMPLE_IDS.items():
        text = text.replace(example, f"\0{variable}\0")
    quoted = shlex.quote(text)
    return re.sub("\0(\\w+)\0", r"'$\1'", quoted)


def _shape(name: str, types: Types) -> str:
    return "\n".join(
        (f"\n### {name}\n", paragraph(types[name].get("description", "")) + "\n", fields(types[name], types))
    )
