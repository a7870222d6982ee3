-- Sessions as a CRM believes them to be: the gateway knows better of two. May run twice.
INSERT INTO whatsapp_sessions (id, organization_id, phone_number, display_name, session_data, status, connected_at)
VALUES
    ('a0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000000', '919800000001', 'Front desk',
     '{"vps_session_id": "wa_demo_healthy"}', 'connected', now() - interval '1 day'),
    ('a0000000-0000-4000-8000-000000000002', 'a0000000-0000-4000-8000-000000000000', '919800000003', 'Says connected, is dead',
     '{"vps_session_id": "wa_demo_dead"}', 'connected', now() - interval '1 day'),
    ('a0000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-000000000000', '919800000004', 'Its gateway hangs',
     '{"vps_session_id": "wa_demo_hanging"}', 'connected', now() - interval '1 day')
ON CONFLICT DO NOTHING;

INSERT INTO scheduled_whatsapp_messages (organization_id, session_id, recipient, message_content, scheduled_for)
SELECT s.organization_id, s.id, '919800001000', 'Hello from ' || s.display_name, now()
FROM whatsapp_sessions AS s
WHERE s.organization_id = 'a0000000-0000-4000-8000-000000000000'
  AND NOT EXISTS (SELECT FROM scheduled_whatsapp_messages AS m WHERE m.session_id = s.id);
