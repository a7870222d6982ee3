"""Tables of any size, filled quickly: without their indexes, which are made afterwards, and without a log of it."""

import asyncpg

SENDING_SESSIONS = 100
OTHER_SESSIONS = 1_000
ORGANIZATIONS = 4
PENDING_SHARE = 10  # one message in ten waits to be sent
OTHERS_SHARE = 100  # for so many messages there is one session more, which sends none

SESSION = "('00000000-0000-0000-0001-' || lpad(({})::text, 12, '0'))::uuid"
ORGANIZATION = "('00000000-0000-0000-0002-' || lpad(({})::text, 12, '0'))::uuid"
MESSAGE = "md5(({})::text)::uuid"

_INDEXES = (
    "SELECT i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table_name,"
    " pg_get_indexdef(i.indexrelid) AS definition, pg_get_constraintdef(k.oid) AS key, k.conname AS key_name"
    " FROM pg_index AS i LEFT JOIN pg_constraint AS k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')"
    " WHERE i.indrelid = $1::text::regclass ORDER BY 1"
)
_SESSIONS = f"""
    INSERT INTO whatsapp_sessions (id, organization_id, status, phone_number, connected_at, last_verified_at)
    SELECT {SESSION.format("n")},
           CASE WHEN n < {SENDING_SESSIONS} THEN {ORGANIZATION.format(f"n % {ORGANIZATIONS}")}
                ELSE {ORGANIZATION.format(f"{ORGANIZATIONS} + n / 50")} END,
           'connected', n::text, now(), now()
    FROM generate_series(0, {SENDING_SESSIONS} + {OTHER_SESSIONS} + $1::bigint / {OTHERS_SHARE} - 1) AS n
"""
_CHECKS = """
    INSERT INTO truesend.session_checks (session_id, asked_at, finished_at, due_at)
    SELECT id, now(), now(), now() - interval '1 second' FROM whatsapp_sessions
"""
# the latest ones wait
_MESSAGES = f"""
    INSERT INTO scheduled_whatsapp_messages
        (id, organization_id, session_id, recipient, message_content, status, scheduled_for, created_at, sent_at,
         attempt_started_at, gateway_message_id)
    SELECT {MESSAGE.format("n")}, {ORGANIZATION.format(f"n % {ORGANIZATIONS}")}, {SESSION.format(f"n % {SENDING_SESSIONS}")},
           '9198' || lpad(n::text, 9, '0'), 'Your class begins at five, in the large hall.', w.status,
           now() - make_interval(secs => (n::float8 / $1) * 3600), now() - make_interval(secs => n),
           CASE WHEN w.status = 'sent' THEN now() - make_interval(secs => n) END,
           CASE WHEN w.status <> 'pending' THEN now() - make_interval(secs => n) END,
           CASE WHEN w.status = 'sent' THEN '3EB0' || md5(n::text) END
    FROM generate_series(1, $1::bigint) AS n
    CROSS JOIN LATERAL (SELECT CASE WHEN n <= $1 / {PENDING_SHARE} THEN 'pending'
                                    WHEN n % 7 = 0 THEN 'failed' ELSE 'sent' END AS status) AS w
"""
_QUEUE = f"""
    INSERT INTO truesend.dispatch_queue (message_id, organization_id, session_id, recipient, due_at)
    SELECT id, organization_id, session_id, recipient, scheduled_for
    FROM scheduled_whatsapp_messages
    WHERE status = 'pending'
    ORDER BY created_at DESC
    LIMIT $1::bigint / {PENDING_SHARE}
"""
# a fact for each message, in eight sections, of which the last is being written
_FACTS = f"""
    INSERT INTO truesend.event_log_{{section}}
        (id, aggregatetype, aggregateid, type, payload, organization_id, seq, created_at, position, section)
    SELECT gen_random_uuid(), 'message', {MESSAGE.format("$1::bigint - n + 1")}, 'message.sent',
           '{{{{"status": "sent", "version": 3, "confirmed_by": "http"}}}}',
           {ORGANIZATION.format(f"($1::bigint - n + 1) % {ORGANIZATIONS}")}, n,
           now() - make_interval(secs => $1::bigint - n), n, {{section}}
    FROM generate_series($1::bigint / 8 * {{section}} + 1, $1::bigint / 8 * ({{section}} + 1)) AS n
"""
_ATTEMPTS = """
    INSERT INTO truesend.message_attempts
        (message_id, number, organization_id, session_id, gateway, recipient, lease_token, started_at, finished_at, outcome,
         gateway_message_id)
    SELECT id, 1, organization_id, session_id, 'default', recipient, id, attempt_started_at, attempt_started_at, status,
           gateway_message_id
    FROM scheduled_whatsapp_messages
    WHERE status <> 'pending'
    LIMIT $1::bigint / 5
"""
_PARTS = (
    ("whatsapp_sessions", _SESSIONS),
    ("truesend.session_checks", _CHECKS),
    ("scheduled_whatsapp_messages", _MESSAGES),
    ("truesend.dispatch_queue", _QUEUE),
    *((f"truesend.event_log_{section}", _FACTS.format(section=section)) for section in range(8)),
    ("truesend.message_attempts", _ATTEMPTS),
)
_SECTIONS = """
    UPDATE truesend.event_sections
    SET began_at = now() - make_interval(days => 8 - section),
        ended_at = CASE WHEN section < 7 THEN now() - make_interval(days => 7 - section) END
    WHERE section < 8
"""
_STATE = (
    "UPDATE truesend.relay_state SET last_position = $1::bigint / 8 * 8, published_position = $1::bigint / 8 * 8",
    "SELECT setval(pg_get_serial_sequence('truesend.event_log', 'seq'), $1::bigint)",
)


async def fill(connection: asyncpg.Connection, rows: int) -> None:
    """So many messages, a tenth of them waiting; as many facts; attempts of some; and the sessions for them."""
    await connection.execute("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off")
    for table, statement in _PARTS:
        await _fill_table(connection, table, statement, rows)
    await connection.execute(_SECTIONS)
    for statement in _STATE:
        await connection.execute(statement, rows)
    await connection.execute("VACUUM (ANALYZE)")


async def _fill_table(connection: asyncpg.Connection, table: str, statement: str, rows: int) -> None:
    """In the transaction that empties the table, Postgres need not log what it puts in."""
    indexes = await connection.fetch(_INDEXES, table)
    async with connection.transaction():
        await connection.execute(f"TRUNCATE {table}")
        for index in indexes:
            drop = (
                f"ALTER TABLE {table} DROP CONSTRAINT {index['key_name']}"
                if index["key"]
                else f"DROP INDEX {index['name']}"
            )
            await connection.execute(drop)
        await connection.execute(statement, *([rows] if "$1" in statement else []))
        for index in indexes:
            key = f"ALTER TABLE {table} ADD CONSTRAINT {index['key_name']} {index['key']}"
            await connection.execute(key if index["key"] else index["definition"])
