-- name: keep_in_doubt
-- Nothing is proved yet: say so on the row, and ask again later, or leave it to the operator (no next time).
WITH updated AS (
    UPDATE scheduled_whatsapp_messages AS m
    SET error_message = :error_message, version = m.version + 1
    WHERE m.id = :message_id AND m.status = 'sending' AND m.unconfirmed_at IS NOT NULL
      AND m.error_message IS DISTINCT FROM :error_message
    RETURNING m.id, m.organization_id, m.status, m.version, m.retry_count, m.error_message
), facts AS (
    INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id)
    SELECT 'message', u.id, 'message.unconfirmed',
           truesend.message_fact(u.id, u.organization_id, 'message.unconfirmed', u.status, u.version,
                                 :session_id::uuid, 'unconfirmed', u.retry_count, NULL, u.error_message, false),
           u.organization_id
    FROM updated AS u
    RETURNING 1
)
UPDATE truesend.lookups AS l
SET next_lookup_at = coalesce(now() + make_interval(secs => :delay_s::float8), 'infinity'),
    absences = l.absences + CASE WHEN :absent THEN 1 ELSE 0 END,
    last_absence_at = CASE WHEN :absent THEN now() ELSE l.last_absence_at END
WHERE l.message_id = :message_id;
