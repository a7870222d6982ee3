"""Webhooks of the simulated VPS gateway: its world's events, posted with its secret."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from simulator.posting import Hook, Postman
from simulator.world import World


@dataclass(frozen=True, slots=True)
class Posted:
    """One webhook that was posted. ``status`` is None where nobody answered."""

    event: Mapping[str, object]
    status: int | None


class Webhooks:
    """Posts a world's events to the URL in its settings; to nobody while there is none."""

    def __init__(self, world: World) -> None:
        """Listen to ``world`` from now on."""
        self._world = world
        self._postman = Postman()
        world.announce = self.announce

    @property
    def posted(self) -> list[Posted]:
        """The latest ones, oldest first."""
        return [Posted(orjson.loads(posted.hook.body), posted.status) for posted in self._postman.posted]

    def announce(self, event: Mapping[str, object]) -> None:
        """Post ``event`` soon, as often as the settings say."""
        settings = self._world.settings
        if settings.webhook_url is not None:
            hook = Hook(settings.webhook_url, orjson.dumps(event), self._headers())
            self._postman.post(hook, repeats=settings.webhook_repeats)

    async def close(self) -> None:
        """Stop posting."""
        await self._postman.close()

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        secret = self._world.settings.webhook_secret
        if secret and self._world.settings.webhook_auth == "bearer":
            headers["Authorization"] = f"Bearer {secret}"
        elif secret:
            headers["X-API-Key"] = secret
        return headers
