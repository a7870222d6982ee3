"""Every place where something could have been left: logs, rows, topics, answers, metrics. Each as one text."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence

import aiohttp
import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from truesend.broker.topics import partitions_of

Places = dict[str, str]
"""What each place holds, by its name."""

Call = tuple[str, list[str], Mapping[str, str]]
"""A command: what to call it, its arguments, and what is different in its environment."""

OURS = (
    "SELECT c.oid::regclass::text AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition"
    " AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
)


async def columns(connection: asyncpg.Connection) -> Places:
    """Every column of every table and view, with all of its values as text."""
    found: Places = {}
    for table in await connection.fetch(OURS):
        name = table["name"].removeprefix("public.")
        for row in await connection.fetch(
            f"SELECT f.key, string_agg(f.value, E'\\n') AS written FROM {table['name']} AS t,"
            " jsonb_each_text(to_jsonb(t)) AS f WHERE f.value IS NOT NULL GROUP BY f.key"
        ):
            found[f"{name}.{row['key']}"] = row["written"]
    return found


async def topics(bootstrap_servers: str, prefix: str) -> Places:
    """Every topic's records, whole: keys, values and headers apart."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await admin.start()
    await consumer.start()
    try:
        ours = [topic for topic in await admin.list_topics() if topic.startswith(prefix)]
        found: Places = {}
        for topic, parts in (await partitions_of(admin, ours)).items():
            found |= await _records(consumer, topic.removeprefix(prefix), parts)
        return found
    finally:
        await consumer.stop()
        await admin.close()


async def _records(consumer: AIOKafkaConsumer, topic: str, parts: Sequence[TopicPartition]) -> Places:
    ends = await consumer.end_offsets(parts)
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    keys, values, headers = "", "", ""
    async with asyncio.timeout(30):
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                for record in batch:
                    keys += _text(record.key)
                    values += _text(record.value)
                    headers += "".join(f"{name}: {_text(value)}" for name, value in record.headers)
    return {f"{topic} keys": keys, f"{topic} values": values, f"{topic} headers": headers}


def _text(data: bytes | None) -> str:
    return (data or b"").decode(errors="replace") + "\n"


async def answers(url: str, paths: Mapping[str, Mapping[str, str]]) -> Places:
    """What each path answers, headers too, to somebody with these headers. A stream is read until it pauses."""
    found: Places = {}
    async with aiohttp.ClientSession() as client:
        for path, headers in paths.items():
            async with client.get(f"{url}{path}", headers=headers) as answer:
                found[f"GET {path}"] = f"{dict(answer.headers)}\n{await _body(answer)}"
    return found


async def _body(answer: aiohttp.ClientResponse) -> str:
    if answer.content_type != "text/event-stream":
        return await answer.text()
    read = b""
    try:
        while True:
            async with asyncio.timeout(1):
                read += await answer.content.readany()
    except TimeoutError:
        return read.decode()


async def commands(environment: Mapping[str, str], *calls: Call) -> Places:
    """What each command writes, one after the other, with the changes to the environment that it asks for."""
    described = [{"arguments": arguments, "environment": dict(changes)} for _, arguments, changes in calls]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.secrets.many_commands",
        env=os.environ | environment,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    written, _ = await process.communicate(json.dumps(described).encode())
    return {name: text for (name, _, _), text in zip(calls, json.loads(written), strict=True)}
