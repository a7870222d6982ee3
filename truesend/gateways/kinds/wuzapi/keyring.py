"""Which token belongs to which session. To wuzapi a token is all that names one, and whoever has it owns the session.

So sessions have names here, and tokens stay in this module's memory and in requests' headers. The key of the gateway is one
of two things: the admin's token, by which the gateway lists its users with their tokens; or a JSON object that holds the
token of each session, for those who keep the admin's token to themselves.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import orjson

from truesend.gateways.answers import Said, UnknownAnswer, objects, text_at
from truesend.gateways.dialect import LIST_LIMIT_BYTES, Ask, Request
from truesend.gateways.protocol import Observation, ObservedState, Outcome, OutcomeKind, WebhookRefusal

TOKEN_LIMIT: Final = 4_000
_UNREADABLE_KEY: Final = (
    "the key must be wuzapi's admin token, or a JSON object that gives each session a token of its own"
)

NamedBy = Literal["name", "id"]


@dataclass(frozen=True, slots=True)
class User:
    """A user of the gateway: one session."""

    session_id: str
    token: str
    fields: Mapping[str, object]

    def __repr__(self) -> str:
        return f"User({self.session_id!r})"


class NoToken(Exception):  # noqa: N818 - no error of ours: how a conversation ends that has no token to go on with
    """There is no token for a session, and this is what that means. ``is_unknown``: the gateway does not have it."""

    def __init__(
        self,
        state: ObservedState,
        kind: OutcomeKind,
        detail: str,
        *,
        is_unknown: bool = False,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.is_unknown = is_unknown
        self.observation = Observation(state, detail)
        self.outcome = Outcome(kind, detail, status)  # of a send that did not begin


class ListRefused(NoToken):
    """The gateway did not list its users. Nothing was sent yet, whatever a proxy says."""

    def __init__(self, said: Said) -> None:
        is_ours = said.status in {401, 403, 404, 405} or 300 <= said.status < 400
        super().__init__(
            ObservedState.CANNOT_TELL,
            OutcomeKind.CONFIG_ERROR if is_ours else OutcomeKind.TRANSIENT,
            f"the gateway refused to list its users (HTTP {said.status}): {said.words}".removesuffix(": "),
            status=said.status,
        )
        self.said = said


@dataclass(frozen=True, slots=True)
class Found:
    """A session's token. ``from_memory``: the gateway gave it to us earlier, and it may have become another since."""

    token: str
    from_memory: bool

    def __repr__(self) -> str:
        return f"Found(from_memory={self.from_memory})"


class Keyring:
    """One gateway's tokens."""

    def __init__(self, key: str, named_by: NamedBy) -> None:
        """Raises ValueError where the key is neither of the two."""
        self._own = _own_tokens(key)
        self._admin_token = key if self._own is None else ""
        self._named_by = named_by
        self._listed: dict[str, str] = {}
        self._session_by_digest = {_digest(token): session_id for session_id, token in (self._own or {}).items()}

    @property
    def lists(self) -> bool:
        """Whether the gateway is asked for its users: the key is the admin's."""
        return self._own is None

    @property
    def own_sessions(self) -> Collection[str]:
        """The sessions that the key names."""
        return (self._own or {}).keys()

    def tokens(self) -> Collection[str]:
        """Every token that is known by now, to be redacted."""
        return (*(self._own or {}).values(), *self._listed.values())

    def as_admin(self, request: Request) -> Request:
        """The request with the admin's token."""
        headers = {"Authorization": self._admin_token} if self._admin_token else {}
        return _with(request, headers)

    async def find(self, session_id: str, ask: Ask) -> Found:
        """The token of a session, from memory or from the gateway's list. Raises NoToken."""
        if self._own is not None:
            token = self._own.get(session_id)
            if token is None:
                raise NoToken(
                    ObservedState.CANNOT_TELL,
                    OutcomeKind.CONFIG_ERROR,
                    "the gateway's key holds no token for this session",
                )
            return Found(token, from_memory=False)
        if session_id in self._listed:
            return Found(self._listed[session_id], from_memory=True)
        users = [user for user in await self.users(ask) if user.session_id == session_id]
        return Found(_only(users, self._named_by).token, from_memory=False)

    async def users(self, ask: Ask) -> list[User]:
        """The gateway's users; their tokens are remembered. Raises ListRefused."""
        said = await ask(self.as_admin(Request("GET", "/admin/users", limit_bytes=LIST_LIMIT_BYTES)))
        if not said.is_ok:
            raise ListRefused(said)
        # 2025-05 answers with the bare list, later builds put it into their envelope
        users = said.json if isinstance(said.json, list) else said.at("data")
        if not isinstance(users, list):
            raise UnknownAnswer(said)
        found = [user for fields in objects(users) if (user := self._user(fields)) is not None]
        self._listed = {user.session_id: user.token for user in named_once(found) if _can_be_sent(user.token)}
        return found

    def forget(self, session_id: str) -> None:
        """The gateway refused this session's token: ask for it again before the next use."""
        self._listed.pop(session_id, None)

    def webhook_refusal(self, token: str | None) -> WebhookRefusal | None:
        """Why a webhook that shows this token is refused. Only tokens of the settings count: no process has to list first."""
        if token is None or self._own is None:
            return WebhookRefusal.NO_SECRET
        return None if _digest(token) in self._session_by_digest else WebhookRefusal.WRONG_SECRET

    def session_of_webhook(self, fields: Mapping[str, object]) -> str | None:
        """Whose webhook it is: by its token where we know it, otherwise by what the gateway calls its user."""
        token, name, user_id = text_at(fields, "token"), text_at(fields, "instanceName"), id_of(fields.get("userID"))
        if self._own is None:
            return name if self._named_by == "name" else user_id
        if token is not None and (session_id := self._session_by_digest.get(_digest(token))) is not None:
            return session_id
        return next((each for each in (name, user_id) if each in self._own), None)

    def _user(self, fields: Mapping[str, object]) -> User | None:
        session_id = text_at(fields, "name") if self._named_by == "name" else id_of(fields.get("id"))
        return None if session_id is None else User(session_id, text_at(fields, "token") or "", fields)


def named_once(users: list[User]) -> list[User]:
    """Those whose name no other has: the gateway lets several have one."""
    times = Counter(user.session_id for user in users)
    return [user for user in users if times[user.session_id] == 1]


def with_token(request: Request, token: str) -> Request:
    """The request of the session that the token belongs to."""
    return _with(request, {"token": token})


def id_of(value: object) -> str | None:
    """A user's id: a number in 2025-05, hexadecimal digits since."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _with(request: Request, headers: Mapping[str, str]) -> Request:
    return Request(
        request.method,
        request.path,
        request.body,
        {**request.headers, **headers},
        sends=request.sends,
        limit_bytes=request.limit_bytes,
    )


def _own_tokens(key: str) -> Mapping[str, str] | None:
    if not key.lstrip().startswith("{"):
        return None
    try:
        tokens = orjson.loads(key)
    except orjson.JSONDecodeError:
        raise ValueError(_UNREADABLE_KEY) from None
    values = list(tokens.values())
    if not all(isinstance(token, str) and _can_be_sent(token) for token in values) or len(set(values)) < len(values):
        raise ValueError(_UNREADABLE_KEY)
    return {str(session_id): token for session_id, token in tokens.items()}


def _can_be_sent(token: str) -> bool:
    return 0 < len(token) <= TOKEN_LIMIT and token.isascii() and token.isprintable() and token == token.strip()


def _digest(token: str) -> bytes:
    """Digests are compared, so that the time a look-up takes tells nothing of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _only(users: list[User], named_by: NamedBy) -> User:
    match users:
        case [user] if _can_be_sent(user.token):
            return user
        case []:
            raise NoToken(
                ObservedState.DISCONNECTED,
                OutcomeKind.SESSION_DOWN,
                f"the gateway has no user with this {named_by}",
                is_unknown=True,
            )
        case [_]:
            detail = "the gateway shows no usable token for this session"
        case _:
            detail = f"the gateway has more than one user with this {named_by}"
    raise NoToken(ObservedState.CANNOT_TELL, OutcomeKind.CONFIG_ERROR, detail)
