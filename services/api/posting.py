"""Putting a message into the CRM's table: once per Idempotency-Key, and with its first fact."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

from services.api.database import savepoint
from services.api.message_table import MessageShape, insert_messages
from services.api.new_message import NewMessage
from services.api.problems import FieldError, Problem, invalid
from truesend.store.queries import Executor, Query

Connection = asyncpg.pool.PoolConnectionProxy
KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A caller's key, and the hash of the body that came with it."""

    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Posted:
    """The message's id, and whether this request has made it."""

    message_id: UUID
    is_new: bool


def idempotency_of(key: str | None, body: object) -> Idempotency | None:
    """The key with its body's hash, spelling and order of the fields aside. Raises Problem 422 for an unusable key."""
    if key is None:
        return None
    if not KEY.fullmatch(key):
        raise invalid(FieldError("Idempotency-Key", "must be 1 to 255 printable ASCII characters"))
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return Idempotency(key, hashlib.sha256(canonical).hexdigest())


async def post_message(
    connection: Connection,
    queries: Mapping[str, Query],
    shape: MessageShape,
    message: NewMessage,
    *,
    organization_id: UUID,
    idempotency: Idempotency | None,
    actor: str,
    traceparent: str,
) -> Posted:
    """Insert the message and its fact, in the caller's transaction; or find what the same request made before.

    Raises Problem 422: the session is not the organisation's, the key came with another body, the table refuses.
    """
    message_id = uuid4()
    if idempotency is not None:
        earlier = await reserve(connection, queries, organization_id, idempotency, message_id=message_id)
        if earlier is not None:
            return Posted(earlier["message_id"], is_new=False)
    if not await queries["has_session"].fetchval(
        connection, organization_id=organization_id, session_id=message.session_id
    ):
        raise invalid(FieldError("session_id", "is not a session of your organization; GET /v1/sessions lists them"))
    refused = await insert_each(connection, shape, [(message_id, message)], organization_id=organization_id)
    if refused:
        raise refused[message_id]
    await queries["append_created"].execute(connection, message_ids=[message_id], actor=actor, traceparent=traceparent)
    return Posted(message_id, is_new=True)


async def insert_each(
    connection: Connection,
    shape: MessageShape,
    messages: Sequence[tuple[UUID, NewMessage]],
    *,
    organization_id: UUID,
    batch_id: UUID | None = None,
) -> dict[UUID, Problem]:
    """Insert what the CRM's table takes. Returns what it refuses, by the message's id: one refused row stops no other."""
    if not messages:
        return {}
    try:
        async with savepoint(connection):
            await insert_messages(connection, shape, messages, organization_id=organization_id, batch_id=batch_id)
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, asyncpg.RaiseError) as error:
        if len(messages) == 1:
            return {messages[0][0]: _refused_by_table(error, shape)}
        middle = len(messages) // 2
        halves = messages[:middle], messages[middle:]
        refused: dict[UUID, Problem] = {}
        for half in halves:
            refused |= await insert_each(connection, shape, half, organization_id=organization_id, batch_id=batch_id)
        return refused
    return {}


async def reserve(
    connection: Executor,
    queries: Mapping[str, Query],
    organization_id: UUID,
    idempotency: Idempotency,
    *,
    message_id: UUID | None = None,
    batch_id: UUID | None = None,
) -> asyncpg.Record | None:
    """Take the key for this request. Returns what the same request made before: its message's id, or its batch's answer.

    Raises Problem 422 where the key came with another body.
    """
    reserved = await queries["reserve_idempotency_key"].fetchval(
        connection,
        organization_id=organization_id,
        key=idempotency.key,
        request_hash=idempotency.request_hash,
        message_id=message_id,
        batch_id=batch_id,
    )
    if reserved is not None:
        return None
    used = await queries["used_idempotency_key"].fetchrow(
        connection, organization_id=organization_id, key=idempotency.key
    )
    if used is None:
        detail = "The request that used this Idempotency-Key is just being forgotten; try again."
        raise Problem(HTTPStatus.CONFLICT, "conflict", detail)
    if used["request_hash"] != idempotency.request_hash:
        raise invalid(FieldError("Idempotency-Key", "was used with another body; take a new key for a new message"))
    return used


def _refused_by_table(error: Any, shape: MessageShape) -> Problem:
    """The CRM's own rules, told by the column's or the constraint's name; never by the values."""
    if isinstance(error, asyncpg.NotNullViolationError):
        return invalid(FieldError(error.column_name or "body", "is missing; write it"))
    if isinstance(error, asyncpg.ForeignKeyViolationError):
        # by the constraint: what Postgres says of the key it keeps from roles that row security binds
        column = shape.foreign_keys.get(error.constraint_name or "", "body")
        return invalid(FieldError(column, "names something that does not exist"))
    constraint = getattr(error, "constraint_name", None)
    rule = f" (rule {constraint})" if constraint else ""
    return invalid(FieldError("body", f"the CRM's table refuses this row{rule}"))
