"""What nobody looks at is looked at by the sweep, by its indexes."""

from typing import Any

import asyncpg

from tests.harness.databases import Database
from tests.harness.waiting import until
from tests.integration.verifier.conftest import Stage
from truesend.store.queries import load_queries


async def test_a_paired_session_that_is_down_is_seen_coming_back_though_nobody_looks(stage: Stage) -> None:
    session_id = await stage.session("wa_back", "disconnected")
    await stage.start_verifier(verify_sweep_s=0.5)

    await stage.becomes(session_id, status="connected")
    stage.gateway.world.drop("wa_back", "Connection Closed")

    await stage.becomes(session_id, status="disconnected")
    stage.gateway.world.revive("wa_back")
    await stage.becomes(session_id, status="connected")


async def test_a_session_that_was_never_paired_is_left_alone_until_it_begins_to_pair(stage: Stage) -> None:
    session_id = await stage.session("wa_new", "disconnected", state="disconnected")
    await stage.connection.execute("UPDATE whatsapp_sessions SET connected_at = NULL WHERE id = $1", session_id)
    swept = await stage.session("wa_paired")
    await stage.start_verifier(verify_sweep_s=0.5, verify_freshness_s=0)

    await stage.asked("wa_paired", 3)
    assert stage.reads("wa_new") == 0

    await stage.connection.execute("UPDATE whatsapp_sessions SET status = 'connecting' WHERE id = $1", session_id)
    await stage.becomes(session_id, status="disconnected", last_error=None)
    await stage.finished(swept)


async def test_connecting_for_ever_ages_out_though_the_sweep_is_slow(stage: Stage) -> None:
    session_id = await stage.session("wa_stuck", state="connecting")
    await stage.start_verifier(verify_sweep_s=15, connecting_max_s=1, verify_freshness_s=0)

    row = await stage.becomes(session_id, status="disconnected", within_s=30)

    assert row["last_error"].startswith("connecting since ")
    assert row["last_error"].endswith("for more than 1 s")


async def test_two_sweepers_ask_once_a_turn(stage: Stage) -> None:
    names = [f"wa_{number}" for number in range(20)]
    for name in names:
        await stage.session(name)
    await stage.start_verifier(verify_sweep_s=2, verify_freshness_s=0)
    await stage.start_verifier(verify_sweep_s=2, verify_freshness_s=0)

    for name in names:
        await stage.asked(name, 2)

    assert {stage.reads(name) for name in names} <= {2, 3}


async def test_what_is_known_of_a_deleted_session_is_forgotten(stage: Stage) -> None:
    session_id = await stage.session("wa_gone")
    await stage.start_verifier(verify_sweep_s=0.5)
    await stage.becomes(session_id, verified=True)

    await stage.connection.execute("DELETE FROM whatsapp_sessions WHERE id = $1", session_id)

    async def is_forgotten() -> bool:
        return not await stage.connection.fetchval("SELECT count(*) FROM truesend.session_checks")

    await until(is_forgotten, 15, "the check is forgotten")


async def test_a_million_sessions_are_found_by_index(database: Database) -> None:
    connection = await database.connect()
    await _a_million_sessions(connection)
    queries = load_queries("verifier")

    for name, values in _HOT.items():
        query = queries[name]
        plan = await connection.fetch(
            f"EXPLAIN (ANALYZE, TIMING OFF) {query.text}", *[values[parameter] for parameter in query.parameters]
        )
        text = "\n".join(row[0] for row in plan)
        assert "Seq Scan on whatsapp_sessions" not in text, text
        assert "Seq Scan on session_checks" not in text, text
        assert "Seq Scan on message_attempts" not in text, text
    await connection.close()


_IDS = [f"00000000-0000-0000-0000-{number:012x}" for number in range(5000, 5200)]
_ORGANIZATIONS = [f"00000000-0000-0000-0000-{number:012x}" for number in range(5, 6)]
_HOT: dict[str, dict[str, Any]] = {
    "take_due": {"row_limit": 500, "busy_gateways": [], "patience_s": 10.0, "sweep_s": 60.0},
    "lock_sessions": {"session_ids": _IDS, "organization_ids": _ORGANIZATIONS, "numbers": ["49000005005"]},
    "lock_checks": {"session_ids": _IDS},
    "begin_checks": {
        "session_ids": _IDS,
        "organization_ids": _ORGANIZATIONS * len(_IDS),
        "tokens": _IDS,
        "news": [True] * len(_IDS),
        "lease_s": 10.0,
        "freshness_s": 5.0,
    },
    "superseded_sessions": {},
    "sessions_told_of": {
        "gateways": ["default"] * 200,
        "gateway_session_ids": [f"wa_00000000-0000-0000-0000-{number:012x}" for number in range(5000, 5200)],
    },
    "alert_situations": {"debounce_s": 15.0, "after_id": _IDS[0], "row_limit": 500},
    "silences": {"row_limit": 5000, "sends_limit": 100},
    "enrol": {"after_id": _IDS[0], "row_limit": 5000},
}


async def _a_million_sessions(connection: asyncpg.Connection) -> None:
    """A thousand organisations with a thousand sessions each; half were checked, and are due."""
    await connection.execute(
        "INSERT INTO whatsapp_sessions (id, organization_id, phone_number, status, connected_at)"
        " SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n / 1000), 32, '0')::uuid, (49000000000 + n)::text,"
        " 'connected', now() FROM generate_series(1, 1000000) AS n"
    )
    await connection.execute(
        "INSERT INTO truesend.session_checks (session_id, finished_at, due_at)"
        " SELECT lpad(to_hex(n), 32, '0')::uuid, now(), now() + make_interval(secs => n - 250000)"
        " FROM generate_series(1, 500000) AS n"
    )
    await connection.execute("ANALYZE whatsapp_sessions")
    await connection.execute("ANALYZE truesend.session_checks")
