"""The control API of a simulated gateway, under ``/_control``: for people and tests, so no key."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Final

from aiohttp import web
from pydantic import ValidationError

from simulator.frame.kind import SimulatedKind, json_fields
from simulator.ledger import Filter
from simulator.wire import json_answer

_PAGE: Final = 1_000

Handler = Callable[[web.Request], Awaitable[web.Response]]


class ControlRoutes:
    """Look at a simulated gateway, and break it."""

    def __init__(self, simulated: SimulatedKind) -> None:
        """Nothing listens yet: ``add_to`` does that."""
        self._simulated = simulated
        self._memory = simulated.memory

    def add_to(self, application: web.Application) -> None:
        """Route the control API."""
        session = "/_control/sessions/{session_id}"
        routes: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/_control/sessions", self._sessions),
            ("PUT", session, self._put_session),
            ("DELETE", session, self._delete_session),
            ("POST", session + "/drop", self._drop),
            ("POST", session + "/revive", self._revive),
            ("PUT", "/_control/settings", self._put_settings),
            ("PUT", "/_control/scripts/{call}", self._script),
            ("PUT", "/_control/hangs/{call}", self._hang),
            ("DELETE", "/_control/scripts", self._unscript),
            ("POST", "/_control/restart", self._restart),
            ("GET", "/_control/webhooks", self._posted),
            ("GET", "/_control/ledger", self._ledger),
            ("DELETE", "/_control/ledger", self._forget),
        )
        for method, path, handler in routes:
            application.router.add_route(method, path, _explained(handler))

    async def _sessions(self, _request: web.Request) -> web.Response:
        return json_answer({"items": [asdict(session) for session in self._memory.sessions.values()]})

    async def _put_session(self, request: web.Request) -> web.Response:
        behaviour = {"state": self._simulated.word("connected"), **await _fields(request)}
        if request.match_info["session_id"] in self._memory.sessions:
            behaviour = dict(await _fields(request))
        behaviour.pop("session_id", None)
        return json_answer(asdict(self._memory.put(request.match_info["session_id"], **behaviour)))

    async def _delete_session(self, request: web.Request) -> web.Response:
        del self._memory.sessions[request.match_info["session_id"]]
        return web.Response(status=204)

    async def _drop(self, request: web.Request) -> web.Response:
        session = self._memory.sessions[request.match_info["session_id"]]
        return json_answer(asdict(self._memory.put(session.session_id, state=self._simulated.word("disconnected"))))

    async def _revive(self, request: web.Request) -> web.Response:
        session = self._memory.sessions[request.match_info["session_id"]]
        return json_answer(asdict(self._memory.put(session.session_id, state=self._simulated.word("connected"))))

    async def _put_settings(self, request: web.Request) -> web.Response:
        settings = self._memory.change_settings(**await _fields(request))
        return json_answer({**asdict(settings), "webhook_secret": ""})

    async def _script(self, request: web.Request) -> web.Response:
        return json_answer(asdict(self._memory.script(request.match_info["call"], **await _fields(request))))

    async def _hang(self, request: web.Request) -> web.Response:
        self._memory.hangs[request.match_info["call"]] = float(str((await _fields(request)).get("seconds", 3_600)))
        return web.Response(status=204)

    async def _unscript(self, _request: web.Request) -> web.Response:
        self._memory.unscript()
        return web.Response(status=204)

    async def _restart(self, request: web.Request) -> web.Response:
        self._memory.restart(float(str((await _fields(request)).get("down_s", 0.0))))
        return json_answer({"restarts": self._memory.restarts})

    async def _posted(self, _request: web.Request) -> web.Response:
        posted = self._simulated.postman.posted
        items = [{"body": each.hook.body.decode("utf-8", "replace"), "status": each.status} for each in posted]
        return json_answer({"items": items})

    async def _ledger(self, request: web.Request) -> web.Response:
        query = request.query
        wanted = Filter(query.get("session_id"), query.get("recipient"), query.get("text"))
        return json_answer(self._memory.ledger.page(wanted, int(query.get("limit", _PAGE))))

    async def _forget(self, _request: web.Request) -> web.Response:
        self._memory.ledger.forget()
        return web.Response(status=204)


def _explained(handler: Handler) -> Handler:
    async def explained(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except ValidationError as error:
            wrong = ["{}: {}".format(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
            return json_answer({"error": "; ".join(wrong)}, 422)
        except (ValueError, TypeError) as error:
            return json_answer({"error": str(error)}, 422)
        except KeyError as error:
            return json_answer({"error": f"{error.args[0]} is unknown"}, 404)

    return explained


async def _fields(request: web.Request) -> dict[str, object]:
    fields = await json_fields(request)
    if fields is None:
        raise ValueError("the body must be a JSON object")
    return dict(fields)
