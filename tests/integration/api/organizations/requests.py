"""Requests of every operation: with the caller's own ids, and with somebody else's in one place."""

import base64
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.api.cursors import cursor_of
from services.api.posting import idempotency_of
from simulator.server import Simulator
from tests.integration.api.client import ApiClient
from tests.integration.api.organizations.routes import Kind, Operation, Place
from tests.integration.api.organizations.scenery import CANARY, Organization

# What an operation needs of its own message or session to go through; any other takes a pending one, a connected one.
MESSAGE_STATES = {"retry_message": "failed", "check_message": "unconfirmed", "mark_delivered": "sent"}
OF_NEVER_PAIRED = {"delete_session"}


@dataclass
class Request:
    """What is sent, still in its parts."""

    operation: Operation
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    header: dict[str, str] = field(default_factory=dict)
    body: Any = None

    def __str__(self) -> str:
        return str(self.operation)

    async def send(self, api: ApiClient, key: str) -> "Told":
        """The answer, with what tells one answer from another."""
        route = self.operation.route.format(**self.path)
        headers = {"X-API-Key": key, **self.header}
        answer = await api.call(self.operation.method, route, headers=headers, params=self.query, json=self.body)
        return Told(answer.status, dict(answer.headers), answer.body)

    def put(self, place: Place, value: str) -> "Request":
        """The same request with this value in this place."""
        changed = copy.deepcopy(self)
        if place.where == "body":
            changed.body = _with_field(changed.body or {}, place.path, [value] if place.many else value)
        else:
            getattr(changed, place.where)[place.path[0]] = value
        return changed


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def text(self) -> str:
        """All of it that the caller sees."""
        return f"{self.headers} {orjson.dumps(self.body).decode()}"


@dataclass(frozen=True)
class Case:
    """One place of one operation: a request that names what is the other's, and one that names what nobody has."""

    place: Place
    foreign: Request
    foreign_value: str
    nobodys: Request
    nobodys_value: str

    def __str__(self) -> str:
        return f"{self.foreign}, {self.place}"


class Caller:
    """The organisation that calls, on the gateway that its sessions are on."""

    def __init__(self, own: Organization, gateway: Simulator) -> None:
        self._own = own
        self._gateway = gateway

    async def request(self, operation: Operation) -> Request:
        """A request that names only what is its own, and new."""
        session_id = await self._session(operation)
        state = MESSAGE_STATES.get(operation.name, "pending")
        values = {
            Kind.SESSION: session_id,
            Kind.MESSAGE: await self._own.message(state, session_id),
            Kind.BATCH: self._own.batches[0],
            Kind.GATEWAY: "default",
        }
        if operation.name in OF_NEVER_PAIRED:
            values[Kind.SESSION] = await self._own.session(never_paired=True)
        request = Request(operation, body=copy.deepcopy(operation.example))
        for place in operation.places:
            if place.where == "path" or (place.kind in values and _has_field(request.body, place)):
                request = request.put(place, str(values[place.kind]))
        return request

    async def cases(self, operation: Operation, place: Place, other: Organization, cursor: str) -> list[Case]:
        """Every case of this place."""
        made = []
        for foreign_value, nobodys_value in _values(place.kind, other, cursor):
            foreign, nobodys = await self.request(operation), await self.request(operation)
            value = foreign_value or await other.used_key(_hash(foreign.body))
            case = Case(place, foreign.put(place, value), value, nobodys.put(place, nobodys_value), nobodys_value)
            made.append(case)
            if operation.streams:
                accept = {"Accept": "text/event-stream"}
                made.append(replace(case, foreign=_with(case.foreign, accept), nobodys=_with(case.nobodys, accept)))
        return made

    async def _session(self, operation: Operation) -> UUID:
        name = f"wa_{uuid4()}"
        self._gateway.world.add(name)
        return await self._own.session(gateway_session_id=name)


def _values(kind: Kind, other: Organization, cursor: str) -> Sequence[tuple[str | None, str]]:
    """What is the other's, and beside each what is nobody's but looks the same. None stands for a key that it has used."""
    of_rows = {Kind.SESSION: other.sessions, Kind.MESSAGE: other.messages, Kind.BATCH: other.batches}
    if kind in of_rows:
        return [(str(identifier), str(uuid4())) for identifier in of_rows[kind]]
    of_others: dict[Kind, Sequence[tuple[str | None, str]]] = {
        Kind.CURSOR: [(cursor, _never_given(cursor))],
        Kind.KEY: [(None, f"key-{uuid4()}")],
        Kind.RECIPIENT: [(other.recipient, "4930999888777")],
        Kind.TEXT: [(CANARY, "nobody")],
        Kind.CRM: [(str(other.group_id), str(uuid4()))],
        Kind.ORGANIZATION: [(str(other.id), str(uuid4()))],
        # a gateway is the installation's, and a position is the stream's, which has a test of its own
        Kind.GATEWAY: [],
        Kind.POSITION: [],
    }
    return of_others[kind]


async def cursor_of_the_other(api: ApiClient, key: str, operation: Operation, other: Organization) -> str:
    """A cursor that this operation has given the other; where it gives none, one like those of its lists."""
    paths = {"session_id": str(other.sessions[0]), "message_id": str(other.messages[-2])}
    if operation.method == "GET" and any(place.kind is Kind.CURSOR for place in operation.places):
        answer = await Request(operation, paths, {"limit": "1"}).send(api, key)
        return str(answer.body["next_cursor"])
    return cursor_of(datetime.now(UTC), other.messages[0])


def _never_given(cursor: str) -> str:
    parts = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    changed = [str(uuid4()) if isinstance(part, str) and len(part) == len(str(uuid4())) else part for part in parts]
    return base64.urlsafe_b64encode(orjson.dumps(changed)).decode().rstrip("=")


def _hash(body: Any) -> str:
    idempotency = idempotency_of("any", body)
    assert idempotency is not None
    return idempotency.request_hash


def _with(request: Request, headers: dict[str, str]) -> Request:
    return replace(request, header=request.header | headers)


def _has_field(body: Any, place: Place) -> bool:
    if place.where != "body":
        return False
    for step in place.path:
        if step == "[]":
            body = body[0]
        elif isinstance(body, dict) and step in body:
            body = body[step]
        else:
            return False
    return True


def _with_field(body: Any, path: Sequence[str], value: Any) -> Any:
    step, *rest = path
    if step == "[]":
        return [_with_field(item, rest, value) if rest else value for item in body]
    inner = _with_field(body.get(step, {}), rest, value) if rest else value
    return {**body, step: inner}
