-- $ROWS old messages of two organisations, in every state that a CRM's rows are found in.
INSERT INTO organizations (id, name) VALUES
    ('0a000000-0000-4000-8000-000000000001', 'First'),
    ('0a000000-0000-4000-8000-000000000002', 'Second');

INSERT INTO profiles (id, full_name) VALUES
    ('0b000000-0000-4000-8000-000000000001', 'Admin of the first'),
    ('0b000000-0000-4000-8000-000000000002', 'Member of the second');
INSERT INTO organization_members (organization_id, user_id, role) VALUES
    ('0a000000-0000-4000-8000-000000000001', '0b000000-0000-4000-8000-000000000001', 'admin'),
    ('0a000000-0000-4000-8000-000000000002', '0b000000-0000-4000-8000-000000000002', 'member');

-- Sessions in every state; numbers of those that are down are empty, as the CRM's proxy leaves them.
INSERT INTO whatsapp_sessions (id, organization_id, phone_number, display_name, session_data, status, connected_at)
SELECT ('0c000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
       ('0a000000-0000-4000-8000-00000000000' || 1 + n % 2)::uuid,
       CASE WHEN n % 4 = 0 THEN '+49151000' || lpad(n::text, 5, '0') END,
       'Session ' || n,
       CASE WHEN n % 5 = 0 THEN NULL ELSE jsonb_build_object('vps_session_id', 'wa_' || n) END,
       (ARRAY['connected', 'disconnected', 'qr_pending', 'connecting'])[1 + n % 4],
       CASE WHEN n % 4 = 0 THEN now() - interval '3 days' END
FROM generate_series(1, 40) AS n;

INSERT INTO whatsapp_groups (id, organization_id, session_id, group_jid, group_name)
SELECT ('0d000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, s.organization_id, s.id,
       '1203630' || n || '@g.us', 'Group ' || n
FROM generate_series(1, 80) AS n
JOIN whatsapp_sessions AS s ON s.id = ('0c000000-0000-4000-8000-' || lpad((1 + n % 40)::text, 12, '0'))::uuid;

INSERT INTO workshops (id, organization_id, title, whatsapp_session_id)
SELECT ('0e000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, s.organization_id, 'Workshop ' || n, s.id
FROM generate_series(1, 40) AS n
JOIN whatsapp_sessions AS s ON s.id = ('0c000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid;
UPDATE workshops SET whatsapp_session_id = NULL WHERE id = '0e000000-0000-4000-8000-000000000007';

-- Of twenty rows: fourteen sent, two failed, one cancelled, one left in `sending`, one overdue, one yet to come.
INSERT INTO scheduled_whatsapp_messages
    (organization_id, group_id, workshop_id, message_type, message_content, media_type, scheduled_for, status, sent_at,
     error_message, retry_count, created_at)
SELECT g.organization_id, g.id,
       CASE WHEN n % 31 <> 0 THEN ('0e000000-0000-4000-8000-' || lpad((1 + n % 40)::text, 12, '0'))::uuid END,
       'reminder', 'Reminder ' || n || E' – ünïcode, ''quotes'' and a\nline',
       CASE n % 50 WHEN 3 THEN 'image' WHEN 13 THEN 'video' WHEN 33 THEN 'document' END,
       CASE WHEN n % 20 = 19 THEN now() + interval '1 day' ELSE now() - interval '1 hour' END + n * interval '0.001 s',
       state.status,
       CASE WHEN state.status = 'sent' THEN now() - interval '59 minutes' END,
       CASE WHEN state.status = 'failed' THEN 'HTTP 500' END,
       CASE WHEN n % 7 = 0 THEN NULL WHEN state.status = 'failed' THEN 3 ELSE 0 END,
       now() - interval '2 days'
FROM generate_series(1, $ROWS) AS n
JOIN whatsapp_groups AS g ON g.id = ('0d000000-0000-4000-8000-' || lpad((1 + (n + n / 20) % 80)::text, 12, '0'))::uuid
CROSS JOIN LATERAL (
    SELECT CASE WHEN n % 20 < 14 THEN 'sent' WHEN n % 20 < 16 THEN 'failed' WHEN n % 20 = 16 THEN 'cancelled'
                WHEN n % 20 = 17 THEN 'sending' ELSE 'pending' END AS status
) AS state;

INSERT INTO dead_letter_queue (organization_id, source_table, source_id, payload, error_message, retry_count)
SELECT organization_id, 'scheduled_whatsapp_messages', id, '{}', error_message, 3
FROM scheduled_whatsapp_messages WHERE status = 'failed' LIMIT 500;
