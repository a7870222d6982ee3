"""wuzapi: an HTTP API in front of whatsmeow, where a session is whatever a token belongs to."""

from truesend.gateways.kinds.wuzapi.dialect import STATES, Wuzapi

__all__ = ["STATES", "Wuzapi"]
