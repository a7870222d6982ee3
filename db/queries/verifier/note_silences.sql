-- name: note_silences
-- Sessions that fall silent, their rows locked. Returns those that do: not one that was acknowledged meanwhile.
INSERT INTO truesend.session_silence (session_id, organization_id, since, unacknowledged, noted_at)
SELECT t.session_id, t.organization_id, t.since, t.unacknowledged, t.noted_at
FROM unnest(:session_ids::uuid[], :organization_ids::uuid[], :sinces::timestamptz[], :unacknowledged::integer[],
            :noted_ats::timestamptz[])
    AS t (session_id, organization_id, since, unacknowledged, noted_at)
WHERE NOT EXISTS (SELECT FROM truesend.session_acks AS k WHERE k.session_id = t.session_id AND k.last_ack_at > t.since)
ORDER BY t.session_id
ON CONFLICT (session_id) DO NOTHING
RETURNING session_id;
