-- name: write_sessions
-- How the locked sessions stand now. The lock is held, and the version says so.
UPDATE whatsapp_sessions AS s
SET status = w.status,
    phone_number = w.phone_number,
    qr_code = w.qr_code,
    qr_expires_at = w.qr_expires_at,
    connected_at = w.connected_at,
    last_active_at = w.last_active_at,
    last_error = w.last_error,
    last_error_at = w.last_error_at,
    last_verified_at = w.last_verified_at,
    version = w.version,
    updated_at = now()
FROM unnest(
    :ids::uuid[], :expected_versions::bigint[], :versions::bigint[], :statuses::text[], :phone_numbers::text[],
    :qr_codes::text[], :qr_expiries::timestamptz[], :connected_ats::timestamptz[], :last_active_ats::timestamptz[],
    :last_errors::text[], :last_error_ats::timestamptz[], :last_verified_ats::timestamptz[]
) AS w (id, expected_version, version, status, phone_number, qr_code, qr_expires_at, connected_at, last_active_at,
        last_error, last_error_at, last_verified_at)
WHERE s.id = w.id AND s.version = w.expected_version;
