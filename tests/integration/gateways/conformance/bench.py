"""What the suite has to be told of a kind of gateway: its simulator, its adapter, and what it expects of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

import orjson

from simulator.frame.kind import SimulatedKind
from simulator.frame.server import SimulatedGateway
from truesend.gateways.answers import Said
from truesend.gateways.dialect import Dialect
from truesend.gateways.http_gateway import HttpGateway
from truesend.gateways.protocol import GatewayConfig, ObservedState, OutcomeKind, OutgoingMessage

KEY: Final = "key-123456"
SECRET: Final = "hook-secret-0123456789-0123456789"
NUMBER: Final = "919800000001"
GROUP: Final = "120363041234567890@g.us"
MESSAGE: Final = OutgoingMessage(UUID(int=7), "s1", NUMBER, "Dear Asha, your workshop starts at 18:30 today.")


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its status and body (JSON, or text), and what it has to mean."""

    status: int
    body: object
    means: OutcomeKind | ObservedState

    def script(self) -> Mapping[str, object]:
        """As the simulator takes it."""
        return {"status": self.status, ("text" if isinstance(self.body, str) else "body"): self.body}

    @property
    def name(self) -> str:
        """For the test's id."""
        body = self.body if isinstance(self.body, str) else orjson.dumps(self.body).decode()
        return f"{self.status} {body[:60]}"


@dataclass(frozen=True, slots=True)
class Bench:
    """One kind. ``confirms`` says of an answer to a send, independently of the adapter, whether it holds what its row
    names; ``vocabulary`` is what fuzzed answers are made of, beside nonsense."""

    name: str
    dialect: type[Dialect]
    simulated: type[SimulatedKind]
    states: Mapping[str, ObservedState]
    sends: OutcomeKind  # what a good send is answered with: sent, or accepted
    send_answers: tuple[Answered, ...]
    status_answers: tuple[Answered, ...]
    confirms: Callable[[Said], bool]
    vocabulary: tuple[object, ...]
    webhooks: tuple[object, ...] = ()  # JSON bodies as recorded, for the fuzzing
    options: Mapping[str, object] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # the simulator's settings
    session_id: str = "s1"
    key: str = KEY
    number_chat: str = f"{NUMBER}@c.us"  # as the gateway is sent them
    group_chat: str = GROUP
    number: str | None = "919812345678"  # a connected session's, where the gateway tells it
    unknown_session: ObservedState = ObservedState.DISCONNECTED
    unknown_session_send: OutcomeKind = OutcomeKind.SESSION_DOWN
    lost_in_send: frozenset[OutcomeKind] = frozenset({OutcomeKind.SESSION_DOWN, OutcomeKind.UNCONFIRMED})

    def config(self, url: str, **settings: object) -> GatewayConfig:
        """Settings of a gateway of this kind at this address, with short time-outs."""
        values: dict[str, object] = {
            "connect_timeout_s": 0.5,
            "status_timeout_s": 0.5,
            "send_timeout_s": 0.5,
            "webhook_secret": SECRET,
            "options": self.options,
            "media_allow_private": True,
            **settings,
        }
        return GatewayConfig("default", self.dialect.kind, url, self.key, **values)  # type: ignore[arg-type]

    def gateway(self, url: str, **settings: object) -> HttpGateway:
        """The adapter. ``api_key`` among the settings replaces the right one."""
        key = settings.pop("api_key", self.key)
        config = replace(self.config(url, **settings), api_key=str(key))
        return HttpGateway(config, self.dialect(config))

    def message(self, **changes: object) -> OutgoingMessage:
        """A message of the bench's session."""
        return replace(MESSAGE, gateway_session_id=self.session_id, **changes)  # type: ignore[arg-type]

    def put_session(self, running: SimulatedGateway, **behaviour: object) -> None:
        """Create or change the bench's session; connected, unless it says otherwise."""
        known = self.session_id in running.memory.sessions
        defaults = {} if known else {"state": running.kind.word("connected")}
        running.memory.put(self.session_id, **{**defaults, **behaviour})
