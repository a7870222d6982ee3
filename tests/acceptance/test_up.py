"""What a new user sees: `truesend up` starts everything, tells the truth within seconds, and leaves nothing behind."""

import re
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio

from tests.acceptance.local_stack import LocalStack
from tests.harness.waiting import until, wait_until
from truesend.cli.up import demo

Start = Callable[..., LocalStack]
Items = list[dict[str, Any]]


_README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `truesend up` on a folder of the test's own."""
    started: list[LocalStack] = []

    def start_one(folder: Path | None = None, *options: str) -> LocalStack:
        stack = LocalStack(folder or tmp_path / "data", *options)
        started.append(stack)
        return stack

    yield start_one
    for stack in started:
        stack.close()


@pytest_asyncio.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        yield session


async def test_the_screen_says_where_the_page_is_and_with_which_key_it_opens(
    start: Start, client: aiohttp.ClientSession
) -> None:
    stack = start().until_running()
    page, key = stack.page_and_first_key()

    async with client.get(page, headers={"Accept": "text/html"}) as answer:
        assert answer.status == 200, await answer.text()
        assert 'id="root"' in await answer.text()
    async with client.get(f"{page}/v1/sessions", headers={"X-API-Key": key}) as answer:
        assert len((await answer.json())["items"]) == 4


async def test_within_seconds_the_demo_shows_what_is_true_of_its_sessions_and_messages(
    start: Start, client: aiohttp.ClientSession
) -> None:
    stack = start().until_running()

    async def session(wanted: demo.Session, **values: object) -> dict[str, Any]:
        return await _item(client, stack, "/v1/sessions", wanted.organization, {"id": str(wanted.id), **values})

    async def message(organization: demo.Organization, **values: object) -> dict[str, Any]:
        return await _item(client, stack, "/v1/messages?limit=100", organization, values)

    dead = await session(demo.DEAD, status="disconnected")
    assert dead["last_error"] == "Connection Closed: logged out from the phone"
    hanging = await session(demo.HANGING, badge="cannot_verify", last_error_at=_something)
    assert hanging["status"] == "connected"
    assert "no answer within" in hanging["last_error"]
    assert (await session(demo.HEALTHY, badge="connected"))["last_error"] is None
    assert (await session(demo.SECOND, badge="connected"))["last_error"] is None
    await session(demo.QR_WANTED, status="qr_pending")

    await message(demo.A, session_id=str(demo.HEALTHY.id), status="sent")
    await message(demo.B, session_id=str(demo.SECOND.id), status="sent")
    refused = await message(demo.A, status="failed")
    assert refused["vps_error"] == "Number 919800000400 is not on WhatsApp"
    assert refused["error_message"]
    await message(demo.A, session_id=str(demo.DEAD.id), status="pending", held_reason="session_down")
    await message(demo.B, session_id=str(demo.LYING.id), status="pending", held_reason=_something)
    await message(demo.A, message_content="Demo message 2", status="sent")


async def test_a_dropped_session_shows_by_itself_and_its_message_leaves_once_it_is_revived(
    start: Start, client: aiohttp.ClientSession
) -> None:
    stack = start().until_running()
    control = f"{stack.gateway_url}/_control/sessions/{demo.HEALTHY.gateway_session_id}"
    healthy = {"id": str(demo.HEALTHY.id)}
    await _item(client, stack, "/v1/sessions", demo.A, healthy | {"badge": "connected"})

    async with client.post(f"{control}/drop") as answer:
        assert answer.status == 200
    await _item(client, stack, "/v1/sessions", demo.A, healthy | {"status": "disconnected"})
    body = {"session_id": str(demo.HEALTHY.id), "recipient": "919800001234", "message_content": "Hello"}
    async with client.post(f"{stack.url}/v1/messages", json=body, headers=_as(stack, demo.A)) as answer:
        message = {"id": (await answer.json())["id"]}
    await _item(client, stack, "/v1/messages", demo.A, message | {"status": "pending", "held_reason": "session_down"})
    async with client.post(f"{control}/revive") as answer:
        assert answer.status == 200
    await _item(client, stack, "/v1/messages", demo.A, message | {"status": "sent"})

    async with client.get(f"{stack.gateway_url}/_control/ledger?recipient=919800001234") as answer:
        ledger = await answer.json()
    assert ledger["counts"] == {"posts": 1, "deliveries": 1}


async def test_the_lines_to_copy_from_the_readme_show_what_it_says(start: Start, client: aiohttp.ClientSession) -> None:
    stack = start().until_running()
    _, sessions, messages, live, drop, revive = _lines_to_copy(stack)
    await _item(client, stack, "/v1/sessions", demo.A, {"id": str(demo.HANGING.id), "last_error_at": _something})
    await _item(client, stack, "/v1/sessions", demo.A, {"id": str(demo.DEAD.id), "status": "disconnected"})
    await _item(client, stack, "/v1/messages", demo.A, {"status": "failed"})

    shown = _run(sessions)
    assert '"status": "disconnected"' in shown
    assert '"last_error": "Connection Closed: logged out from the phone"' in shown
    assert '"badge": "cannot_verify"' in shown
    shown = _run(sessions, messages)
    assert '"status": "sent"' in shown
    assert '"held_reason": "session_down"' in shown
    assert '"vps_error": "Number 919800000400 is not on WhatsApp"' in shown
    assert '"error_message": "' in shown
    assert "event: message" in _run(live.replace("curl ", "curl --max-time 10 -H 'Last-Event-ID: 0' "))
    assert '"message_content":"Hello"' in _run(drop)
    await _item(client, stack, "/v1/messages", demo.A, {"message_content": "Hello", "held_reason": "session_down"})
    assert '"deliveries": 1' in _run(drop.split("curl")[0], revive)


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_or_a_termination_ends_every_child_within_ten_seconds(start: Start, by: signal.Signals) -> None:
    stack = start().until_running()
    family = stack.family()
    assert len(family) > 5

    stack.process.send_signal(by)

    assert stack.ended(within_s=10) == 0
    assert not any(_lives(process) for process in family)
    assert "Everything has ended." in stack.output


def test_ctrl_c_in_the_middle_of_the_start_ends_every_child(start: Start) -> None:
    stack = start()
    wait_until(lambda: "Broker" in stack.output, 60, "the start is under way")
    family = stack.family()

    stack.process.send_signal(signal.SIGINT)

    assert stack.ended(within_s=10) == 0
    assert not any(_lives(process) for process in family)


async def test_after_a_kill_of_the_command_the_next_start_has_the_same_key_and_the_same_sessions_once(
    start: Start, client: aiohttp.ClientSession
) -> None:
    first = start().until_running()
    key = first.key("a")
    before = await _items(client, first, "/v1/sessions", demo.A)
    family = first.family()
    first.process.kill()
    first.process.wait(10)
    wait_until(lambda: not any(_lives(process) for process in family), 10, "no child is left")

    second = start().until_running()

    assert second.key("a") == key
    after = await _items(client, second, "/v1/sessions", demo.A)
    assert {session["id"] for session in after} == {session["id"] for session in before}
    assert len(after) == 4


def test_when_a_child_ends_by_itself_everything_ends_and_the_log_is_named(start: Start) -> None:
    stack = start().until_running()
    family = stack.family()
    [verifier] = [process for process in family if process.cmdline()[-1] == "verifier"]

    verifier.kill()

    assert stack.ended(within_s=15) == 1
    assert not any(_lives(process) for process in family)
    last_line = stack.output.splitlines()[-1]
    assert last_line.startswith("truesend: The verifier ended by itself")
    assert last_line.endswith(str(stack.data_folder / "logs" / "verifier.log"))


def test_what_keeps_it_from_starting_is_said_in_one_line(start: Start, tmp_path: Path) -> None:
    running = start().until_running()
    second_copy = start(tmp_path / "data")
    assert _refusal(second_copy).startswith("truesend: Another truesend (process ")

    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = str(taken.getsockname()[1])
        assert _refusal(start(tmp_path / "other", "--port", port)).startswith(f"truesend: Port {port} ")

    (tmp_path / "file").touch()
    unwritable = start(tmp_path / "folder", "--data-dir", str(tmp_path / "file" / "data"))
    assert _refusal(unwritable).startswith(f"truesend: The data folder {tmp_path}/file/data can't be written")
    assert running.process.poll() is None


def test_without_the_demo_a_missing_gateway_is_named_before_anything_starts(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_URL", raising=False)
    stack = start(tmp_path / "own", "--no-demo")

    assert stack.ended(within_s=30) == 2
    assert stack.output == "truesend: GATEWAY_URL: is missing; set it, or GATEWAYS_FILE\n"
    assert not (tmp_path / "own").exists()


async def test_without_the_demo_it_runs_on_the_users_gateway_with_nothing_in_it(
    start: Start, tmp_path: Path, client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("API_KEYS", f'{{"mine": "{demo.A.id}"}}')
    stack = start(tmp_path / "own", "--no-demo").until_running()

    async with client.get(f"{stack.url}/v1/sessions", headers={"X-API-Key": "mine"}) as answer:
        assert (await answer.json())["items"] == []


class _Something:
    """Equals whatever is not None."""

    def __eq__(self, other: object) -> bool:
        return other is not None

    def __hash__(self) -> int:
        return 0


_something = _Something()


async def _item(
    client: aiohttp.ClientSession,
    stack: LocalStack,
    path: str,
    organization: demo.Organization,
    wanted: dict[str, Any],
) -> dict[str, Any]:
    """Wait until the list has an item with the wanted values, and return it."""

    async def probe() -> dict[str, Any] | None:
        for item in await _items(client, stack, path, organization):
            if all(value == item[name] for name, value in wanted.items()):
                return item
        return None

    return await until(probe, 30, f"{path} has an item with {wanted}")


async def _items(client: aiohttp.ClientSession, stack: LocalStack, path: str, organization: demo.Organization) -> Items:
    async with client.get(f"{stack.url}{path}", headers=_as(stack, organization)) as answer:
        assert answer.status == 200, await answer.text()
        items: Items = (await answer.json())["items"]
        return items


def _lines_to_copy(stack: LocalStack) -> list[str]:
    """The README's blocks of lines, for this stack's ports and folder."""
    blocks: list[str] = re.findall(r"```sh\n(.+?)```", _README.read_text(), re.DOTALL)
    places = {
        "http://127.0.0.1:8000": stack.url,
        "http://127.0.0.1:8090": stack.gateway_url,
        ".truesend/": f"{stack.data_folder}/",
    }
    for written, here in places.items():
        blocks = [block.replace(written, here) for block in blocks]
    return blocks


def _run(*blocks: str) -> str:
    result = subprocess.run(["bash", "-c", "\n".join(blocks)], capture_output=True, text=True, timeout=60, check=False)
    return result.stdout


def _as(stack: LocalStack, organization: demo.Organization) -> dict[str, str]:
    return {"X-API-Key": stack.key(organization.key_file.removeprefix("key-"))}


def _refusal(stack: LocalStack) -> str:
    assert stack.ended(within_s=30) == 1
    [line] = stack.output.splitlines()
    return line


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
