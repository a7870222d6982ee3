-- name: sessions_of_gateways
-- Our sessions at these gateways, by the names that the gateways know them by.
SELECT s.gateway, coalesce(nullif(s.session_data ->> 'vps_session_id', ''), 'wa_' || s.id::text) AS gateway_session_id
FROM whatsapp_sessions AS s
LEFT JOIN truesend.session_checks AS c ON c.session_id = s.id
WHERE s.gateway = ANY (:gateways::text[]) AND c.superseded_by IS NULL
ORDER BY s.gateway, gateway_session_id;
