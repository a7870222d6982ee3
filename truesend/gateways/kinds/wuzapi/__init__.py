"""wuzapi: an HTTP API in front of whatsmeow, where a session is whatever a token belongs to."""

from truesend.gateways.kinds.wuzapi.dialect import Wuzapi
from truesend.gateways.kinds.wuzapi.states import STATES

__all__ = ["STATES", "Wuzapi"]
