"""Evolution API 2: an HTTP API in front of Baileys, with a Postgres or MySQL of its own."""

from truesend.gateways.kinds.evolution.dialect import Evolution

__all__ = ["Evolution"]
