-- name: apply_weighing
-- Writes what the evidence says: the row (held by this transaction, and guarded by its version), the facts, the
-- attempt, the queue, the look-up, the session's hold, and that the evidence was weighed.
WITH input AS MATERIALIZED (
    SELECT * FROM unnest(
        :message_ids::uuid[], :versions::bigint[], :version_steps::integer[], :actions::text[], :session_ids::uuid[],
        :lease_tokens::uuid[], :started_ats::timestamptz[], :gateway_message_ids::text[], :count_changes::integer[],
        :delays_s::float8[], :error_messages::text[], :words::text[], :hold_reasons::text[],
        :delivered_ats::timestamptz[], :read_ats::timestamptz[]
    ) AS i (message_id, version, version_step, action, session_id, lease_token, started_at, gateway_message_id,
            count_change, delay_s, error_message, words, hold_reason, delivered_at, read_at)
), fact AS MATERIALIZED (
    SELECT * FROM unnest(
        :fact_message_ids::uuid[], :fact_numbers::integer[], :fact_types::text[], :fact_outcomes::text[],
        :fact_corrections::boolean[], :fact_confirmed_bys::text[], :fact_delivered_tos::integer[],
        :fact_read_bys::integer[]
    ) AS f (message_id, number, type, outcome, correction, confirmed_by, delivered_to, read_by)
), updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET status = CASE i.action WHEN 'send' THEN 'sent' WHEN 'fail' THEN 'failed'
                               WHEN 'retry' THEN 'pending' WHEN 'hold' THEN 'pending' ELSE m.status END,
        sent_at = CASE i.action WHEN 'send' THEN now() WHEN 'note' THEN m.sent_at END,
        retry_count = greatest(coalesce(m.retry_count, 0) + i.count_change, 0),
        next_attempt_at = CASE WHEN i.action = 'retry' THEN now() + make_interval(secs => i.delay_s)
                               WHEN i.action IN ('hold', 'note') THEN m.next_attempt_at END,
        error_message = CASE i.action WHEN 'note' THEN m.error_message ELSE i.error_message END,
        vps_error = CASE i.action WHEN 'note' THEN m.vps_error ELSE i.words END,
        gateway_message_id = CASE WHEN i.action IN ('retry', 'hold') THEN NULL
                                  ELSE coalesce(i.gateway_message_id, m.gateway_message_id) END,
        accepted_at = CASE WHEN i.action IN ('retry', 'hold') THEN NULL ELSE m.accepted_at END,
        unconfirmed_at = CASE WHEN i.action = 'note' THEN m.unconfirmed_at END,
        attempt_started_at = CASE WHEN i.action IN ('retry', 'hold') THEN NULL
                                  ELSE coalesce(i.started_at, m.attempt_started_at) END,
        delivered_at = coalesce(i.delivered_at, m.delivered_at),
        read_at = coalesce(i.read_at, m.read_at),
        lease_token = NULL,
        lease_until = NULL,
        version = m.version + i.version_step
    FROM input AS i
    WHERE m.id = i.message_id AND m.version = i.version
    RETURNING m.id, m.organization_id, m.status, m.retry_count, m.next_attempt_at, m.error_message, m.delivered_at,
              m.read_at, m.accepted_at, i.version, i.session_id, i.action, i.lease_token, i.count_change, i.hold_reason
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, f.type,
           truesend.message_fact(u.id, u.organization_id, f.type, u.status, u.version + f.number, u.session_id,
                                 f.outcome, u.retry_count, u.next_attempt_at, u.error_message, f.correction)
           || jsonb_strip_nulls(jsonb_build_object(
               'confirmed_by', f.confirmed_by, 'delivered_at', u.delivered_at, 'read_at', u.read_at,
               'delivered_to', f.delivered_to, 'read_by', f.read_by)),
           u.organization_id
    FROM fact AS f
    JOIN updated AS u ON u.id = f.message_id
    ORDER BY f.message_id, f.number
), counted AS (
    UPDATE truesend.message_attempts AS a
    SET failure_counted = u.count_change > 0
    FROM updated AS u
    WHERE a.message_id = u.id AND a.lease_token = u.lease_token AND u.count_change <> 0
), dequeued AS (
    -- a POST that has not been answered keeps its place, so that its session's order and the credits hold
    DELETE FROM truesend.dispatch_queue AS q
    USING updated AS u
    WHERE q.message_id = u.id AND u.action <> 'note'
      AND (q.claimed_at IS NULL OR q.answered_at IS NOT NULL OR q.lease_token IS DISTINCT FROM u.lease_token)
), settled AS (
    DELETE FROM truesend.lookups AS l USING updated AS u WHERE l.message_id = u.id AND u.action <> 'note'
), held AS (
    INSERT INTO truesend.session_pace AS p (session_id, held_until, hold_reason, hold_count)
    SELECT u.session_id, now() + make_interval(secs => :hold_base_s::float8), min(u.hold_reason), 1
    FROM updated AS u
    WHERE u.hold_reason IS NOT NULL
    GROUP BY u.session_id
    ON CONFLICT (session_id) DO UPDATE
        SET hold_count = p.hold_count + 1,
            hold_reason = CASE WHEN p.held_until > excluded.held_until THEN p.hold_reason ELSE excluded.hold_reason END,
            held_until = greatest(
                p.held_until, excluded.held_until,
                now() + make_interval(secs => least(:hold_max_s::float8,
                                                    :hold_base_s::float8 * power(2, least(p.hold_count, 20)))))
), weighed AS (
    UPDATE truesend.evidence AS e
    SET weighed_at = now(), is_announced = e.is_announced OR e.id = ANY (:announced_ids::bigint[])
    WHERE e.id = ANY (:weighed_ids::bigint[] || :announced_ids::bigint[])
)
SELECT u.id AS message_id,
       CASE WHEN u.action = 'send' THEN extract(epoch FROM now() - u.accepted_at)::float8 END AS confirmed_after_s
FROM updated AS u;
