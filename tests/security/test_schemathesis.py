"""Requests of every shape, made from the API's own document: valid, wrong in every way its schemas know, chained by links.

`make fuzz` runs it with more examples of each.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web

from services.api.live.stream import StreamLimits
from services.api.pairing import PairingLimits
from tests.harness.shared import SharedKafka
from tests.integration.api.client import ApiClient
from tests.integration.api.conftest import KEY, StartApi, api_settings
from tests.integration.api.rows import Rows
from truesend.broker.topics import create_topics

CONFIG = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "5")
SEED = os.environ.get("FUZZ_SEED", "1")
STREAM_S = 0.1


@pytest_asyncio.fixture
async def willing_gateway() -> AsyncIterator[str]:
    """A gateway that does whatever it is told, so that no answer of the API is its refusal."""

    async def agree(_request: web.Request) -> web.Response:
        return web.json_response({"success": True, "status": "connected", "messageId": "3EB0"})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", agree)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest_asyncio.fixture
async def fuzzed(
    start_api: StartApi, kafka: SharedKafka, topic_prefix: str, rows: Rows, willing_gateway: str
) -> ApiClient:
    """The whole API over a real broker. Its streams are short, so that they are asked for like everything else, and its key
    is the webhooks' secret, so that one header opens every door."""
    given = {
        "kafka_bootstrap_servers": kafka.bootstrap_servers,
        "truesend_topic_prefix": topic_prefix,
        "gateway_url": willing_gateway,
        "webhook_secret": KEY,
    }
    await create_topics(api_settings(rows, **given))
    api = await start_api(
        limits=StreamLimits(life_s=STREAM_S, life_jitter_s=0), pairing=PairingLimits(life_s=STREAM_S), **given
    )
    await api.until_ready()
    return api


@pytest.mark.timeout(600)
async def test_no_request_of_any_shape_is_answered_other_than_the_document_says(
    fuzzed: ApiClient, rows: Rows, tmp_path: Path
) -> None:
    for number in range(5):
        session_id = await rows.session(session_data=f'{{"vps_session_id": "wa_{number}"}}')
        await rows.message(session_id=session_id)

    run = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", f"{fuzzed.url}/openapi.json"),
        *("--header", f"X-API-Key: {KEY}", "--checks", "all", "--seed", SEED, "--max-examples", EXAMPLES),
        # one: Python 3.11's compiler is not safe in threads (SystemError: AST constructor recursion depth mismatch)
        *("--workers", "1", "--continue-on-failure", "--no-shrink", "--no-color"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await run.communicate()

    assert run.returncode == 0, said.decode()
