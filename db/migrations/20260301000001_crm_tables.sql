-- migrate:up
-- The two tables as CRMs have them. On a CRM's own database both exist and nothing happens here.
SET LOCAL lock_timeout = '2s';

CREATE TABLE IF NOT EXISTS whatsapp_sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL,
    phone_number text,
    display_name text,
    session_data jsonb,
    status text NOT NULL DEFAULT 'disconnected'
        CHECK (status IN ('connected', 'disconnected', 'qr_pending', 'connecting')),
    qr_code text,
    qr_expires_at timestamptz,
    connected_at timestamptz,
    last_active_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, phone_number)
);

CREATE TABLE IF NOT EXISTS scheduled_whatsapp_messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL,
    group_id uuid,
    workshop_id uuid,
    message_type text NOT NULL DEFAULT 'custom',
    message_content text NOT NULL,
    media_url text,
    media_type text CHECK (media_type IS NULL OR media_type IN ('image', 'video', 'document')),
    scheduled_for timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'cancelled')),
    sent_at timestamptz,
    error_message text,
    retry_count integer DEFAULT 0,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- migrate:down
-- Truesend drops nothing of a CRM's.
SELECT 1;
