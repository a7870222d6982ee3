-- name: other_claims_on_finding
-- Whether what a gateway found in a chat could be another message of ours: one with that very id, or one to the same chat
-- whose id we never learned and which may have gone out since. For another program's row, any of its neighbours too.
SELECT EXISTS (SELECT FROM truesend.message_attempts AS a
               WHERE a.gateway_message_id = :gateway_message_id AND a.message_id <> :message_id)
       OR EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                  WHERE m.gateway_message_id = :gateway_message_id AND m.id <> :message_id) AS is_known,
       EXISTS (SELECT FROM truesend.message_attempts AS a
               WHERE a.session_id = :session_id AND a.recipient = :recipient AND a.message_id <> :message_id
                 AND a.gateway_message_id IS NULL
                 AND (a.outcome IN ('unconfirmed', 'accepted')
                      -- a gateway's clock is trusted to a few seconds only
                      OR (a.outcome = 'sent'
                          AND a.finished_at >= :attempt_started_at::timestamptz - interval '5 seconds'))
                 -- one that its gateway called back for is settled
                 AND NOT EXISTS (SELECT FROM truesend.evidence AS e
                                 WHERE e.message_id = a.message_id AND e.lease_token = a.lease_token
                                   AND e.kind IN ('sent', 'failed', 'rejected', 'delivered', 'read')
                                   AND e.told_at < :attempt_started_at::timestamptz - interval '5 seconds')
                 -- one whose id was learned by other evidence would be known by it
                 AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                                 WHERE m.id = a.message_id AND m.status = 'sent' AND m.gateway_message_id IS NOT NULL
                                   AND coalesce(m.retry_count, 0) = 0 AND m.retried_at IS NULL))
       OR EXISTS (SELECT FROM truesend.dispatch_queue AS q
                  WHERE q.session_id = :session_id AND q.recipient = :recipient AND q.message_id <> :message_id
                    AND q.claimed_at IS NOT NULL)
       OR (:orphan AND EXISTS (SELECT FROM scheduled_whatsapp_messages AS m
                               JOIN truesend.message_routes AS r ON r.message_id = m.id
                               WHERE r.session_id = :session_id AND r.recipient = :recipient
                                 AND m.id <> :message_id AND m.status IN ('sent', 'sending')
                                 AND m.gateway_message_id IS NULL
                                 AND coalesce(m.sent_at, now()) >= :attempt_started_at)) AS is_ambiguous;
