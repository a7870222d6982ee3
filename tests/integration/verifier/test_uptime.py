"""What the verifier writes of a session, as the overview draws it."""

from services.api.database import Database
from services.api.overview import OverviewReader
from tests.harness.waiting import until
from tests.integration.verifier.conftest import Stage
from truesend.contracts.events import VerifyReason
from truesend.observability.heartbeats import Heartbeats
from truesend.store.queries import load_queries


async def states(stage: Stage) -> list[str]:
    """The states of the only session's strip, earliest first."""
    database = Database(stage.database.url, pool_size=1, heartbeats=Heartbeats())
    database.start()

    async def is_open() -> bool:
        return await database.problem() is None

    try:
        await until(is_open, 10, "the API's database is open")
        reader = OverviewReader(database, load_queries("api"), {}, verify_sweep_s=stage.settings.verify_sweep_s)
        (strip,) = (await reader.read(stage.organization_id, 1))["uptime"]
    finally:
        await database.stop()
    return [segment["state"] for segment in strip["segments"]]


async def test_the_first_drop_of_a_session_leaves_the_time_before_it_up(stage: Stage) -> None:
    session_id = await stage.session("wa_fine")
    await stage.start_verifier()
    await stage.ask(session_id)
    verified = await stage.hears(session_id, "session.verified")
    assert await states(stage) == ["unknown", "up"]

    stage.gateway.world.drop("wa_fine")
    await stage.ask(session_id, reason=VerifyReason.OPERATOR)

    fact = await stage.hears(session_id, "session.disconnected")
    assert fact["previously_verified_at"] == verified["last_verified_at"]
    assert await states(stage) == ["unknown", "up", "down"]


async def test_of_the_time_before_its_first_verification_a_drop_tells_nothing(stage: Stage) -> None:
    session_id = await stage.session("wa_dead", state="disconnected")
    await stage.start_verifier()

    await stage.ask(session_id)

    fact = await stage.hears(session_id, "session.disconnected")
    assert fact["previously_verified_at"] is None
    assert await states(stage) == ["unknown", "down"]
