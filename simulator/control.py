"""The control API under ``/_control``: look at the simulated gateway, and break it. For people and tests, so no key."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from simulator.ledger import Filter
from simulator.webhooks import Webhooks
from simulator.wire import json_answer
from simulator.world import ScriptedAnswer, World

_ANSWER: Final = TypeAdapter(ScriptedAnswer)
_PHONE_NUMBER: Final = "919812345678"
_PAGE: Final = 1_000

Handler = Callable[[web.Request], Awaitable[web.Response]]


class ControlRoutes:
    """The control API for one world."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        """Nothing listens yet: ``add_to`` does that."""
        self._world = world
        self._webhooks = webhooks

    def add_to(self, application: web.Application) -> None:
        """Route the control API."""
        session = "/_control/sessions/{session_id}"
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/_control/sessions", self._sessions),
            ("GET", session, self._session),
            ("PUT", session, self._put_session),
            ("DELETE", session, self._delete_session),
            ("POST", session + "/drop", self._drop),
            ("POST", session + "/revive", self._revive),
            ("POST", session + "/scan", self._scan),
            ("GET", "/_control/settings", self._settings),
            ("PUT", "/_control/settings", self._put_settings),
            ("GET", "/_control/recipients", self._recipients),
            ("PUT", "/_control/recipients/{recipient}", self._put_recipient),
            ("DELETE", "/_control/recipients/{recipient}", self._delete_recipient),
            ("POST", "/_control/restart", self._restart),
            ("POST", "/_control/webhooks", self._announce),
            ("GET", "/_control/webhooks", self._posted),
            ("GET", "/_control/ledger", self._ledger),
            ("DELETE", "/_control/ledger", self._forget),
        )
        for method, path, handler in routes:
            application.router.add_route(method, path, _explained(handler))

    async def _sessions(self, _request: web.Request) -> web.Response:
        return json_answer({"items": [asdict(session) for session in self._world.sessions.values()]})

    async def _session(self, request: web.Request) -> web.Response:
        return json_answer(asdict(self._world.sessions[request.match_info["session_id"]]))

    async def _put_session(self, request: web.Request) -> web.Response:
        behaviour = await _fields(request)
        behaviour.pop("session_id", None)
        if behaviour.get("flap") is True:
            behaviour["flap"] = ["disconnected", "connecting"]
        return json_answer(asdict(self._world.change(request.match_info["session_id"], **behaviour)))

    async def _delete_session(self, request: web.Request) -> web.Response:
        del self._world.sessions[request.match_info["session_id"]]
        return web.Response(status=204)

    async def _drop(self, request: web.Request) -> web.Response:
        error = str((await _fields(request)).get("error", "Connection Closed"))
        return json_answer(asdict(self._world.drop(request.match_info["session_id"], error)))

    async def _revive(self, request: web.Request) -> web.Response:
        return json_answer(asdict(self._world.revive(request.match_info["session_id"])))

    async def _scan(self, request: web.Request) -> web.Response:
        phone_number = str((await _fields(request)).get("phone_number", _PHONE_NUMBER))
        return json_answer(asdict(self._world.scan(request.match_info["session_id"], phone_number)))

    async def _settings(self, _request: web.Request) -> web.Response:
        return json_answer(self._shown_settings())

    async def _put_settings(self, request: web.Request) -> web.Response:
        self._world.change_settings(**await _fields(request))
        return json_answer(self._shown_settings())

    def _shown_settings(self) -> dict[str, object]:
        world = self._world
        counts = {"restarts": world.restarts, "most_sends_in_flight": world.most_sends_in_flight}
        return {**asdict(world.settings), "webhook_secret": "", **counts}

    async def _recipients(self, _request: web.Request) -> web.Response:
        return json_answer({"items": {name: asdict(rule) for name, rule in self._world.recipients.items()}})

    async def _put_recipient(self, request: web.Request) -> web.Response:
        answer = _ANSWER.validate_python(await _fields(request))
        self._world.recipients[request.match_info["recipient"]] = answer
        return json_answer(asdict(answer))

    async def _delete_recipient(self, request: web.Request) -> web.Response:
        del self._world.recipients[request.match_info["recipient"]]
        return web.Response(status=204)

    async def _restart(self, request: web.Request) -> web.Response:
        self._world.restart(float(str((await _fields(request)).get("down_s", 0.0))))
        return json_answer({"restarts": self._world.restarts})

    async def _announce(self, request: web.Request) -> web.Response:
        """Post a webhook of the caller's own making."""
        self._world.announce(await _fields(request))
        return web.Response(status=202)

    async def _posted(self, _request: web.Request) -> web.Response:
        return json_answer({"items": [asdict(posted) for posted in self._webhooks.posted]})

    async def _ledger(self, request: web.Request) -> web.Response:
        query = request.query
        since = float(query["since"]) if "since" in query else None
        wanted = Filter(query.get("session_id"), query.get("recipient"), query.get("text"), since)
        limit = int(query.get("limit", _PAGE))
        page = self._world.ledger.page(wanted, limit)
        duplicates = [
            {"session_id": session_id, "recipient": recipient, "text": text, "times": times}
            for (session_id, recipient, text), times in islice(self._world.ledger.duplicates().items(), limit)
        ]
        return json_answer({**page, "duplicates": duplicates})

    async def _forget(self, _request: web.Request) -> web.Response:
        self._world.ledger.forget()
        return web.Response(status=204)


def _explained(handler: Handler) -> Handler:
    async def explained(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ValidationError as error:
            wrong = [
                "{}: {}".format(".".join(str(part) for part in each["loc"]), each["msg"]) for each in error.errors()
            ]
            return json_answer({"error": "; ".join(wrong)}, 422)
        except ValueError as error:
            return json_answer({"error": str(error)}, 422)
        except KeyError as error:
            return json_answer({"error": f"{error.args[0]} is unknown"}, 404)

    return explained


async def _fields(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    fields = orjson.loads(body) if body else {}
    if not isinstance(fields, Mapping):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 - the caller's mistake, not ours
    return dict(fields)
