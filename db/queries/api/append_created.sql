-- name: append_created
INSERT INTO truesend.event_log (aggregatetype, aggregateid, type, payload, organization_id, traceparent)
SELECT 'message', m.id, 'message.created',
       truesend.message_fact(m.id, m.organization_id, 'message.created', m.status, m.version, m.session_id, NULL,
                             m.retry_count, m.next_attempt_at, NULL, false)
       || jsonb_strip_nulls(jsonb_build_object('batch_id', m.batch_id, 'actor', :actor::text)),
       m.organization_id, :traceparent
FROM scheduled_whatsapp_messages AS m
WHERE m.id = ANY (:message_ids::uuid[]);
