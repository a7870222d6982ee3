"""One look at each gateway: is it there, does it take our key, what does it run, does it post to us."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from truesend.gateways.protocol import Gateway, GatewayConfig, GatewayHealth
from truesend.gateways.registry import build_gateways

LONGEST_S = 20.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What a look at one gateway showed."""

    config: GatewayConfig
    health: GatewayHealth
    can_register: bool

    @property
    def is_ill(self) -> bool:
        """Whether nothing can be sent or asked through it."""
        return not self.health.is_reachable or self.health.key_accepted is not True

    @property
    def webhook(self) -> str:
        """Whether it posts to us, in words."""
        health, url = self.health, self.config.webhook_url
        if not self.config.webhook_secret:
            return "none is taken: set WEBHOOK_SECRET, or webhook_secret_env"
        if not url:
            return "address unknown: set a callback base URL"
        if health.webhooks is None or health.sessions is None:
            return "it does not tell"
        if health.webhooks >= health.sessions:
            return "registered" if health.sessions else "no session"
        return f"registered for {health.webhooks} of {health.sessions}"

    def fields(self) -> Mapping[str, Any]:
        """For scripts."""
        return {
            "gateway": self.config.name,
            "kind": self.config.kind,
            "url": self.config.url,
            "reachable": self.health.is_reachable,
            "key_accepted": self.health.key_accepted,
            "version": self.health.version,
            "sessions": self.health.sessions,
            "webhook": self.webhook,
            "webhook_url": self.config.webhook_url or None,
            "detail": self.health.detail,
        }


async def check_gateways(configs: Sequence[GatewayConfig]) -> list[Checked]:
    """All of them at once. Raises GatewayConfigError."""
    gateways = build_gateways(configs)
    try:
        return await asyncio.gather(*(_check(gateway) for gateway in gateways.values()))
    finally:
        for gateway in gateways.values():
            await gateway.close()


async def _check(gateway: Gateway) -> Checked:
    try:
        async with asyncio.timeout(LONGEST_S):
            health = await gateway.health()
    except TimeoutError:
        health = GatewayHealth(is_reachable=True, detail=f"no answer within {LONGEST_S:g} s")
    return Checked(gateway.config, health, gateway.capabilities.webhook_registration)
