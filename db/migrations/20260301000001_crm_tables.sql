-- migrate:up
-- The two tables as CRMs have them. Where they exist, nothing happens here. They are looked for along the search path and
-- made in `public`: for a role named `truesend`, the path begins with the schema of that name.
SET LOCAL lock_timeout = '1500ms';

DO $$
DECLARE
    made text[] := '{}';
    table_name text;
    role_name text;
BEGIN
    IF to_regclass('whatsapp_sessions') IS NULL THEN
        CREATE TABLE public.whatsapp_sessions (
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
        made := array_append(made, 'whatsapp_sessions');
    END IF;

    IF to_regclass('scheduled_whatsapp_messages') IS NULL THEN
        CREATE TABLE public.scheduled_whatsapp_messages (
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
        ) WITH (fillfactor = 80);
        made := array_append(made, 'scheduled_whatsapp_messages');
    END IF;

    -- Some platforms grant every new table in `public` to the roles of their public key.
    FOREACH table_name IN ARRAY made LOOP
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', table_name);
        FOR role_name IN SELECT rolname FROM pg_roles WHERE rolname IN ('anon', 'authenticated') LOOP
            EXECUTE format('REVOKE ALL ON public.%I FROM %I', table_name, role_name);
        END LOOP;
    END LOOP;
END
$$;

-- migrate:down
-- Truesend drops nothing of a CRM's.
SELECT 1;
