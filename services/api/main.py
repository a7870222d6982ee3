"""The API's process."""

import uvloop

from services.api.service import ApiService
from truesend.gateways.configured import gateway_configs
from truesend.observability.exporting import traces_exported
from truesend.observability.logging import configure_logging
from truesend.runtime.garbage import leave_alone_what_is_here
from truesend.runtime.known_secrets import known_secrets
from truesend.runtime.shutdown import stop_event
from truesend.settings import Settings, load_settings


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT. Raises SettingsError when it cannot be set up, or its port is taken."""
    stopping = stop_event()
    service = ApiService(settings)
    await service.start()
    leave_alone_what_is_here()
    await stopping.wait()
    await service.stop()


def run() -> None:
    """Read the settings and serve. Raises SettingsError or GatewayConfigError before anything is opened."""
    settings = load_settings()
    secrets = known_secrets(settings, gateway_configs(settings))
    configure_logging(service="api", level=settings.log_level, secrets=secrets)
    with traces_exported(settings, service="api"):
        uvloop.run(serve(settings))


if __name__ == "__main__":
    run()
