-- name: record_finding!
-- Keeps what a look-up proved, as evidence for the attempt that was in doubt (none where another program sent it).
INSERT INTO truesend.evidence
    (session_id, organization_id, told_key, kind, gateway_message_id, told_at, is_timed, message_id, lease_token)
SELECT :session_id::uuid, :organization_id::uuid, :told_key::uuid, 'found', :gateway_message_id::text,
       coalesce(:told_at::timestamptz, now()), :told_at::timestamptz IS NOT NULL, :message_id::uuid,
       (SELECT a.lease_token FROM truesend.message_attempts AS a
        WHERE a.message_id = :message_id AND a.started_at = :attempt_started_at::timestamptz)
ON CONFLICT (session_id, told_key) DO NOTHING;
