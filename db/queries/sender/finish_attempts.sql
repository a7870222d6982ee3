-- name: finish_attempts
-- What became of a batch of attempts, in one statement: the row (guarded by its lease token), the attempt, the fact, the
-- queue, the session's hold, the look-up. Returns those whose row took it; the others went their own way meanwhile,
-- and only their attempt is recorded.
WITH input AS MATERIALIZED (
    SELECT * FROM unnest(
        :message_ids::uuid[], :lease_tokens::uuid[], :organization_ids::uuid[], :session_ids::uuid[],
        :gateways::text[], :recipients::text[], :claimed_ats::timestamptz[], :started_ats::timestamptz[],
        :actions::text[], :outcomes::text[], :delays_s::float8[], :hold_reasons::text[], :hold_floors_s::float8[],
        :error_messages::text[], :gateway_words::text[], :gateway_message_ids::text[], :http_statuses::integer[],
        :traceparents::text[]
    ) AS i (message_id, lease_token, organization_id, session_id, gateway, recipient, claimed_at, started_at,
            action, outcome, delay_s, hold_reason, hold_floor_s, error_message, words, gateway_message_id, http_status,
            traceparent)
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = CASE i.action WHEN 'send' THEN 'sent' WHEN 'fail' THEN 'failed'
                               WHEN 'retry' THEN 'pending' WHEN 'hold' THEN 'pending' ELSE m.status END,
        sent_at = CASE WHEN i.action = 'send' THEN now() ELSE m.sent_at END,
        retry_count = coalesce(m.retry_count, 0) + CASE WHEN i.action IN ('retry', 'fail') THEN 1 ELSE 0 END,
        next_attempt_at = CASE WHEN i.action = 'retry' THEN now() + make_interval(secs => i.delay_s)
                               WHEN i.action = 'hold' THEN m.next_attempt_at END,
        error_message = i.error_message,
        vps_error = CASE WHEN i.action IN ('send', 'accept') THEN NULL ELSE i.words END,
        gateway_message_id = coalesce(i.gateway_message_id, m.gateway_message_id),
        accepted_at = CASE WHEN i.action = 'accept' THEN now() ELSE m.accepted_at END,
        unconfirmed_at = CASE WHEN i.action = 'doubt' THEN now() END,
        attempt_started_at = CASE WHEN i.action IN ('retry', 'hold') THEN NULL ELSE m.attempt_started_at END,
        lease_token = NULL,
        lease_until = NULL,
        version = m.version + 1
    FROM input AS i
    -- said so that a plan asks by id: the index of what is being sent is short, and full of what was a moment ago
    WHERE m.id = i.message_id AND m.lease_token = i.lease_token AND (m.status = 'sending') IS TRUE
    RETURNING m.id, m.organization_id, m.status, m.version, m.retry_count, m.next_attempt_at, m.error_message, i.action,
              i.lease_token, i.outcome, i.session_id, i.traceparent, i.hold_reason, i.hold_floor_s, i.gateway, i.recipient, i.started_at
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
    SELECT 'message', u.id, e.type,
           truesend.message_fact(u.id, u.organization_id, e.type, u.status, u.version, u.session_id, u.outcome,
                                 u.retry_count, u.next_attempt_at, u.error_message, false)
           || CASE WHEN u.action = 'send' THEN jsonb_build_object('confirmed_by', 'http') ELSE '{}' END,
           u.organization_id, u.traceparent
    FROM updated AS u
    CROSS JOIN LATERAL (SELECT CASE u.action WHEN 'send' THEN 'message.sent' WHEN 'fail' THEN 'message.failed'
                                             WHEN 'retry' THEN 'message.retry_scheduled' WHEN 'hold' THEN 'message.held'
                                             WHEN 'accept' THEN 'message.accepted'
                                             ELSE 'message.unconfirmed' END AS type) AS e
    RETURNING 1
), attempts AS (
    INSERT INTO truesend.message_attempts AS a
        (message_id, number, organization_id, session_id, gateway, recipient, lease_token, claimed_at, started_at,
         outcome, http_status, gateway_message_id, answer, applied, failure_counted)
    SELECT i.message_id,
           1 + (SELECT count(*) FROM truesend.message_attempts AS o WHERE o.message_id = i.message_id),
           i.organization_id, i.session_id, i.gateway, i.recipient, i.lease_token, i.claimed_at, i.started_at,
           i.outcome, i.http_status, i.gateway_message_id, i.words, u.id IS NOT NULL,
           coalesce(u.action IN ('retry', 'fail'), false)
    FROM input AS i
    LEFT JOIN updated AS u ON u.id = i.message_id AND u.lease_token = i.lease_token
    ON CONFLICT (message_id, lease_token) DO UPDATE
        SET finished_at = clock_timestamp(), outcome = excluded.outcome, http_status = excluded.http_status,
            gateway_message_id = coalesce(excluded.gateway_message_id, a.gateway_message_id), answer = excluded.answer
    RETURNING 1
), dequeued AS (
    -- a lease that ran out was answered for by the reaper: its doubt keeps the chat, whatever comes late
    DELETE FROM truesend.dispatch_queue AS q
    USING input AS i
    WHERE q.message_id = i.message_id AND q.lease_token = i.lease_token AND q.answered_at IS NULL
      AND q.message_id NOT IN (SELECT u.id FROM updated AS u WHERE u.action IN ('hold', 'accept', 'doubt'))
    RETURNING 1
), requeued AS (
    UPDATE truesend.dispatch_queue AS q
    SET answered_at = CASE WHEN u.action = 'hold' THEN NULL ELSE now() END,
        claimed_at = CASE WHEN u.action = 'hold' THEN NULL ELSE q.claimed_at END,
        lease_token = CASE WHEN u.action = 'hold' THEN NULL ELSE q.lease_token END,
        gateway = CASE WHEN u.action = 'hold' THEN NULL ELSE q.gateway END
    FROM updated AS u
    WHERE q.message_id = u.id AND u.action IN ('hold', 'accept', 'doubt')
    RETURNING 1
), held AS (
    INSERT INTO truesend.session_pace AS p (session_id, held_until, hold_reason, hold_count)
    SELECT DISTINCT ON (u.session_id) u.session_id,
           -- one doubt holds nobody, those in a row do: an outage that can't be told from time-outs would make all of them
           now() + make_interval(secs => CASE WHEN u.action = 'doubt' THEN 0
                                              ELSE greatest(:hold_base_s::float8, coalesce(u.hold_floor_s, 0)) END),
           u.hold_reason, 1
    FROM updated AS u
    WHERE u.hold_reason IS NOT NULL
    ORDER BY u.session_id, u.hold_floor_s DESC NULLS LAST
    ON CONFLICT (session_id) DO UPDATE
        SET hold_count = p.hold_count + 1,
            hold_reason = CASE WHEN excluded.hold_reason = 'gateway_unclear' AND p.held_until > now() THEN p.hold_reason
                               ELSE excluded.hold_reason END,
            held_until = greatest(
                CASE WHEN excluded.hold_reason = 'gateway_unclear' THEN p.held_until END,
                excluded.held_until,
                now() + make_interval(secs => least(
                    :hold_max_s::float8,
                    :hold_base_s::float8 * (power(2, least(p.hold_count, 20))
                                            - (excluded.hold_reason = 'gateway_unclear')::integer))))
    RETURNING 1
), freed AS (
    UPDATE truesend.session_pace AS p
    SET held_until = NULL, hold_reason = NULL, hold_count = 0
    FROM updated AS u
    WHERE p.session_id = u.session_id AND u.action IN ('send', 'accept') AND p.hold_count > 0
      AND u.hold_reason IS NULL
      -- an answer ends what an answer began: a restriction, or a silence, ends by its own rule
      AND (p.hold_reason IN ('session_down', 'gateway_refuses_us') OR p.held_until <= now())
    RETURNING 1
), doubts AS (
    INSERT INTO truesend.lookups (message_id, organization_id, session_id, recipient, gateway, attempt_started_at)
    SELECT u.id, u.organization_id, u.session_id, u.recipient, u.gateway, u.started_at
    FROM updated AS u
    WHERE u.action = 'doubt'
    ON CONFLICT (message_id) DO UPDATE
        SET session_id = excluded.session_id, recipient = excluded.recipient, gateway = excluded.gateway,
            attempt_started_at = excluded.attempt_started_at, opened_at = now(), next_lookup_at = now(),
            lookups = 0, absences = 0, last_absence_at = NULL, orphan = false, resends = 0
    RETURNING 1
)
SELECT id AS message_id, lease_token, status FROM updated;
