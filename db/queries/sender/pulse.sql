-- name: pulse
-- Which of a sender's loops have something to do, and in how many seconds the next message is due: one look for all of them. Where
-- only the first matters it is asked for in an index's order: a plan that hopes to come upon one soon could read a table to its end.
SELECT
    coalesce((SELECT coalesce(m.next_attempt_at, m.scheduled_for) <= now() FROM scheduled_whatsapp_messages AS m
              WHERE m.status = 'pending'
              ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id LIMIT 1), false) AS dispatch,
    -- written and without a position yet; or with one, and not known to be on Kafka
    EXISTS (SELECT FROM truesend.event_log AS e WHERE e.section IS NULL)
        OR EXISTS (SELECT FROM truesend.relay_state AS r WHERE r.published_position < r.last_position) AS facts,
    coalesce((SELECT bool_or(m.lease_until < now()) FROM scheduled_whatsapp_messages AS m
              WHERE m.status = 'sending' AND m.lease_token IS NOT NULL), false) AS leases,
    coalesce((SELECT l.next_lookup_at <= now() FROM truesend.lookups AS l
              WHERE l.next_lookup_at IS NOT NULL ORDER BY l.next_lookup_at LIMIT 1), false) AS lookups,
    coalesce((SELECT e.match_again_at <= now() FROM truesend.evidence AS e
              WHERE e.message_id IS NULL AND e.gateway_message_id IS NOT NULL ORDER BY e.match_again_at LIMIT 1), false)
        OR coalesce((SELECT true FROM truesend.evidence AS e
                     WHERE e.message_id IS NOT NULL AND e.weighed_at IS NULL ORDER BY e.recorded_at LIMIT 1), false) AS evidence,
    -- whose index does not hold all that it takes: seldom
    CASE WHEN :and_the_rest::boolean THEN
        EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                WHERE m.status = 'sending' AND m.lease_token IS NULL AND m.unconfirmed_at IS NULL
                  AND (m.accepted_at < now() - make_interval(secs => :confirm_timeout_s)
                       OR m.accepted_at IS NULL AND m.scheduled_for < now() - make_interval(secs => :message_max_age_s)))
        OR coalesce((SELECT q.answered_at < now() - make_interval(secs => :confirm_timeout_s) FROM truesend.dispatch_queue AS q
                     WHERE q.answered_at IS NOT NULL ORDER BY q.answered_at LIMIT 1), false)
        OR coalesce((SELECT m.scheduled_for <= now() - make_interval(secs => :message_max_age_s)
                     FROM scheduled_whatsapp_messages AS m
                     WHERE m.status = 'pending' ORDER BY m.scheduled_for LIMIT 1), false)
    ELSE false END AS rest,
    (SELECT extract(epoch FROM coalesce(m.next_attempt_at, m.scheduled_for) - now())::float8
     FROM scheduled_whatsapp_messages AS m
     WHERE m.status = 'pending' AND coalesce(m.next_attempt_at, m.scheduled_for) > now()
     ORDER BY coalesce(m.next_attempt_at, m.scheduled_for), m.id
     LIMIT 1) AS due_in_s;
