"""Batches: many messages in one request, each accepted or refused by itself, the whole idempotent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from pydantic import ValidationError

from services.api.database import Database
from services.api.message_actions import Operator
from services.api.message_table import MessageShape
from services.api.new_message import NewMessage
from services.api.posting import Idempotency, insert_each, reserve
from services.api.problems import FieldError, Problem, invalid, invalid_body
from truesend.store.queries import Query

LARGEST_BATCH = 1_000
UNKNOWN_SESSION = FieldError("session_id", "is not a session of your organization; GET /v1/sessions lists them")


@dataclass(frozen=True, slots=True)
class PostedBatch:
    """What was answered, and whether this request has made it."""

    answer: dict[str, Any]
    is_new: bool


def messages_of(content: Any) -> list[Any]:
    """The items of the body. Raises Problem 422 where it is no batch."""
    items = content.get("messages") if isinstance(content, dict) else None
    if not isinstance(items, list) or set(content) != {"messages"}:
        raise invalid(FieldError("messages", 'is missing; write {"messages": [...]}, and nothing else'))
    if not 1 <= len(items) <= LARGEST_BATCH:
        raise invalid(FieldError("messages", f"must hold 1 to {LARGEST_BATCH:,} messages"))
    return items


class Batches:
    """Takes batches."""

    def __init__(self, database: Database, queries: Mapping[str, Query]) -> None:
        self._database = database
        self._queries = queries

    async def post(
        self, operator: Operator, shape: MessageShape, items: Sequence[Any], idempotency: Idempotency | None
    ) -> PostedBatch:
        """Insert what can be inserted, in one transaction; or find what the same request was answered before."""
        batch_id = uuid4()
        results = _validated(shape.model, items)
        async with self._database.of(operator.organization_id) as connection:
            if idempotency is not None:
                earlier = await reserve(
                    connection, self._queries, operator.organization_id, idempotency, batch_id=batch_id
                )
                if earlier is not None:
                    return PostedBatch(earlier["answer"], is_new=False)
            await self._refuse_foreign_sessions(connection, operator.organization_id, results)
            accepted = [(result.message_id, result.message) for result in results if result.message is not None]
            refused = await insert_each(
                connection, shape, accepted, organization_id=operator.organization_id, batch_id=batch_id
            )
            for result in results:
                result.problem = refused.get(result.message_id, result.problem)
            answer = {"batch_id": str(batch_id), "results": [result.answer() for result in results]}
            await self._write_down(connection, operator, batch_id, results, idempotency, answer)
        return PostedBatch(answer, is_new=True)

    async def _refuse_foreign_sessions(
        self, connection: Any, organization_id: UUID, results: Sequence["_Item"]
    ) -> None:
        wanted = {result.message.session_id for result in results if result.message is not None}
        rows = await self._queries["own_sessions"].fetch(
            connection, organization_id=organization_id, session_ids=list(wanted)
        )
        own = {row["id"] for row in rows}
        for result in results:
            if result.message is not None and result.message.session_id not in own:
                result.message, result.problem = None, invalid(UNKNOWN_SESSION)

    async def _write_down(
        self,
        connection: Any,
        operator: Operator,
        batch_id: UUID,
        results: Sequence["_Item"],
        idempotency: Idempotency | None,
        answer: dict[str, Any],
    ) -> None:
        accepted = [result.message_id for result in results if result.problem is None]
        await self._queries["append_created"].execute(
            connection, message_ids=accepted, actor=operator.actor, traceparent=operator.traceparent
        )
        await self._queries["add_batch"].execute(
            connection,
            batch_id=batch_id,
            organization_id=operator.organization_id,
            actor=operator.actor,
            total=len(results),
            refused=len(results) - len(accepted),
        )
        if idempotency is not None:
            await self._queries["keep_batch_answer"].execute(
                connection, organization_id=operator.organization_id, key=idempotency.key, answer=answer
            )


@dataclass(slots=True)
class _Item:
    """One message of a batch on its way: accepted as long as there is no problem."""

    message_id: UUID
    message: NewMessage | None = None
    problem: Problem | None = None

    def answer(self) -> dict[str, Any]:
        """Its line of the answer."""
        if self.problem is None:
            return {"id": str(self.message_id)}
        errors = [{"field": error.field, "detail": error.detail} for error in self.problem.errors]
        return {"error": {"detail": self.problem.detail, "errors": errors}}


def _validated(model: type[NewMessage], items: Sequence[Any]) -> list[_Item]:
    return [_item(model, item) for item in items]


def _item(model: type[NewMessage], item: Any) -> _Item:
    if not isinstance(item, dict):
        return _Item(uuid4(), problem=invalid(FieldError("message", "must be a JSON object")))
    try:
        return _Item(uuid4(), message=model.model_validate(item))
    except ValidationError as error:
        return _Item(uuid4(), problem=invalid_body(error))
