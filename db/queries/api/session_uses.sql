-- name: session_uses
-- Whether messages depend on a session, or did: by their route, by the queue, by an attempt. The route is asked for what
-- has yet to be sent only; what was sent through the session has its attempt, or the session on its row.
SELECT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m WHERE m.session_id = :session_id)
           OR EXISTS (SELECT FROM truesend.dispatch_queue AS q WHERE q.session_id = :session_id)
           OR EXISTS (SELECT FROM truesend.message_attempts AS a WHERE a.session_id = :session_id)
           OR EXISTS (SELECT FROM truesend.message_routes AS r
                      JOIN scheduled_whatsapp_messages AS m ON m.id = r.message_id
                      WHERE r.session_id = :session_id AND m.organization_id = :organization_id
                        AND m.status IN ('pending', 'sending')) AS has_messages;
