"""Shell lines of the documentation do what a reader wants of them: they run, one after another, beside the demo."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.local_stack import LocalStack
from tests.docs.command_lines import harmful
from tests.docs.pages import Block, blocks, pages
from tests.docs.shell import Shell
from tests.harness.waiting import wait_until
from truesend.cli.up import demo

pytestmark = pytest.mark.xdist_group("docs-beside-the-demo")  # one demo for all pages
_HTTP_API = "docs/reference/http-api.md"
# The state of what is asked for does not allow it; the gateway did not do it.
_BY_STATE = {"409", "502"}


def _shell_blocks(page: str) -> list[Block]:
    to_run = [block for block in blocks(page) if block.language == "sh" and not (block.not_run or block.run_by)]
    return [block for block in to_run if not harmful(block.text)]  # test_blocks.py tells of the others


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """A demo that has had the time to show what is true of its sessions and messages."""
    stack = LocalStack(tmp_path_factory.mktemp("docs") / "data").until_running()
    try:
        _has(stack, "sessions", id=str(demo.DEAD.id), status="disconnected")
        _has(stack, "sessions", id=str(demo.HANGING.id), badge="cannot_verify")
        _has(stack, "messages?limit=100", status="sent")
        _has(stack, "messages?limit=100", status="failed")
        _has(stack, "messages?limit=100", held_reason="session_down")
        yield stack
    finally:
        stack.close()


@pytest.fixture
def shell(stack: LocalStack, tmp_path: Path) -> Shell:
    """A reader's shell, before a demo in which nobody has changed a session for good."""
    httpx.post(f"{stack.gateway_url}/_control/sessions/{demo.HEALTHY.gateway_session_id}/revive").raise_for_status()
    _has(stack, "sessions", id=str(demo.HEALTHY.id), badge="connected")
    return Shell(stack, tmp_path)


@pytest.mark.parametrize("page", [page for page in pages() if page != _HTTP_API and _shell_blocks(page)])
def test_the_lines_of_a_page_run_from_its_top_to_its_end(page: str, shell: Shell) -> None:
    wanted = _shell_blocks(page)

    said, rest = shell.run(wanted)

    assert len(said) == len(wanted), f"{wanted[len(said)]} ended with an error:\n{wanted[len(said)].text}\n{rest}"
    silent = [str(block) for block, text in zip(wanted, said, strict=True) if block.runs_for_s and not text.strip()]
    assert silent == []


def test_every_line_of_the_http_reference_is_answered_by_its_operation(stack: LocalStack, shell: Shell) -> None:
    """What ends a session comes last. A refusal by the state of the session, the message or its gateway is an answer, too."""
    first, *others = _shell_blocks(_HTTP_API)
    others.sort(key=_ends_a_session)
    batch = replace(first, text=f"{first.text}export BATCH_ID={_a_batch(stack)}\n")

    said, rest = shell.run([batch, *(_for_its_status(block) for block in others)])

    assert len(said) == len(others) + 1, rest
    answers = {str(block): text.strip() for block, text in zip(others, said[1:], strict=True)}
    assert len(answers) > 30
    assert {
        block: status for block, status in answers.items() if not status.startswith("2") and status not in _BY_STATE
    } == {}


def _for_its_status(block: Block) -> Block:
    asking = re.sub(r"curl -s(N?)", r"curl -s\1 --max-time 5 -o /dev/null -w '%{http_code}'", block.text.rstrip())
    return replace(block, text=f"{asking} 2>/dev/null || true")


def _ends_a_session(block: Block) -> bool:
    return "-X DELETE" in block.text or "/disconnect" in block.text


def _a_batch(stack: LocalStack) -> str:
    message = {"session_id": str(demo.HEALTHY.id), "recipient": "919800001234", "message_content": "Hello"}
    answer = httpx.post(f"{stack.url}/v1/messages/batch", json={"messages": [message]}, headers=_key(stack))
    return str(answer.raise_for_status().json()["batch_id"])


def _has(stack: LocalStack, path: str, **wanted: object) -> None:
    """Wait until a list of the first organisation has an item with these values."""

    def is_there() -> bool:
        return any(all(item[name] == value for name, value in wanted.items()) for item in _items(stack, path))

    wait_until(is_there, 60, f"{path} has {wanted}")


def _items(stack: LocalStack, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        httpx.get(f"{stack.url}/v1/{path}", headers=_key(stack)).raise_for_status().json()["items"]
    )
    return items


def _key(stack: LocalStack) -> dict[str, str]:
    return {"X-API-Key": stack.key("a")}
