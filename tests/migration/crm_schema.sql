-- A CRM's database as it may look on the day before Truesend comes: on Supabase, in its third year. Run by its owner, who
-- is no superuser; the roles `anon` and `authenticated` exist.

-- Supabase gives every new table of `public` to the roles of the page's public key; row security is the only wall.
GRANT USAGE ON SCHEMA public TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated;

CREATE SCHEMA auth;
GRANT USAGE ON SCHEMA auth TO anon, authenticated;

CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;

CREATE TABLE organizations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE profiles (
    id uuid PRIMARY KEY,
    full_name text,
    is_super_admin boolean NOT NULL DEFAULT false
);

CREATE TABLE organization_members (
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES profiles ON DELETE CASCADE,
    role text NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin')),
    PRIMARY KEY (organization_id, user_id)
);

CREATE TABLE whatsapp_sessions (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    phone_number text,
    display_name text,
    session_data jsonb,
    status text NOT NULL DEFAULT 'disconnected'
        CONSTRAINT whatsapp_sessions_status_check
        CHECK (status IN ('connected', 'disconnected', 'qr_pending', 'connecting')),
    qr_code text,
    qr_expires_at timestamptz,
    connected_at timestamptz,
    last_active_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, phone_number)
);

CREATE TABLE whatsapp_groups (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    session_id uuid NOT NULL REFERENCES whatsapp_sessions ON DELETE CASCADE,
    group_jid text NOT NULL,
    group_name text NOT NULL,
    is_active boolean DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (session_id, group_jid)
);

CREATE TABLE workshops (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    title text NOT NULL,
    starts_at timestamptz,
    whatsapp_session_id uuid REFERENCES whatsapp_sessions ON DELETE SET NULL
);

CREATE TABLE webinars (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    title text NOT NULL,
    whatsapp_session_id uuid REFERENCES whatsapp_sessions
);

CREATE TABLE scheduled_whatsapp_messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    group_id uuid NOT NULL REFERENCES whatsapp_groups ON DELETE CASCADE,
    workshop_id uuid REFERENCES workshops ON DELETE CASCADE,
    message_type text NOT NULL,
    message_content text NOT NULL,
    media_url text,
    media_type text CHECK (media_type IS NULL OR media_type IN ('image', 'video', 'document')),
    scheduled_for timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CONSTRAINT scheduled_whatsapp_messages_status_check
        CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'cancelled')),
    sent_at timestamptz,
    error_message text,
    retry_count integer DEFAULT 0,
    created_by uuid REFERENCES profiles,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idx_scheduled_messages_due ON scheduled_whatsapp_messages (scheduled_for) WHERE status = 'pending';
CREATE INDEX idx_scheduled_messages_workshop ON scheduled_whatsapp_messages (workshop_id);

CREATE TABLE scheduled_webinar_messages (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    webinar_id uuid NOT NULL REFERENCES webinars ON DELETE CASCADE,
    group_id uuid NOT NULL REFERENCES whatsapp_groups ON DELETE CASCADE,
    message_content text NOT NULL,
    scheduled_for timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending'
);

CREATE TABLE notification_campaigns (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    session_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'pending'
);

CREATE TABLE notification_campaign_groups (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    campaign_id uuid NOT NULL REFERENCES notification_campaigns ON DELETE CASCADE,
    group_jid text NOT NULL,
    status text NOT NULL DEFAULT 'pending'
);

CREATE TABLE dead_letter_queue (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organization_id uuid NOT NULL REFERENCES organizations ON DELETE CASCADE,
    source_table text NOT NULL,
    source_id uuid NOT NULL,
    payload jsonb NOT NULL,
    retry_payload jsonb,
    error_message text,
    retry_count integer NOT NULL DEFAULT 0,
    status text NOT NULL DEFAULT 'pending_review',
    reviewed_by uuid,
    reviewed_at timestamptz,
    notes text,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE VIEW overdue_messages WITH (security_invoker = true) AS
SELECT m.id, m.organization_id, g.group_name, m.scheduled_for
FROM scheduled_whatsapp_messages AS m
JOIN whatsapp_groups AS g ON g.id = m.group_id
WHERE m.status = 'pending' AND m.scheduled_for < now();

CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
CREATE TRIGGER whatsapp_sessions_updated_at BEFORE UPDATE ON whatsapp_sessions
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE FUNCTION migrate_whatsapp_session(old_session_id uuid, new_session_id uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE
    moved integer;
BEGIN
    UPDATE workshops SET whatsapp_session_id = new_session_id WHERE whatsapp_session_id = old_session_id;
    UPDATE webinars SET whatsapp_session_id = new_session_id WHERE whatsapp_session_id = old_session_id;
    UPDATE notification_campaigns SET session_id = new_session_id
    WHERE session_id = old_session_id AND status IN ('pending', 'processing');
    UPDATE whatsapp_groups SET session_id = new_session_id WHERE session_id = old_session_id;
    SELECT count(*) INTO moved
    FROM scheduled_whatsapp_messages AS m JOIN whatsapp_groups AS g ON g.id = m.group_id
    WHERE g.session_id = new_session_id AND m.status = 'pending';
    RETURN moved;
END
$$;

CREATE FUNCTION is_member(of_organization uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT FROM organization_members AS m
                   WHERE m.organization_id = of_organization AND m.user_id = auth.uid())
        OR EXISTS (SELECT FROM profiles AS p WHERE p.id = auth.uid() AND p.is_super_admin)
$$;

CREATE FUNCTION is_admin(of_organization uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$
    SELECT EXISTS (SELECT FROM organization_members AS m
                   WHERE m.organization_id = of_organization AND m.user_id = auth.uid() AND m.role = 'admin')
        OR EXISTS (SELECT FROM profiles AS p WHERE p.id = auth.uid() AND p.is_super_admin)
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['whatsapp_sessions', 'whatsapp_groups', 'workshops', 'webinars', 'dead_letter_queue',
                                'scheduled_whatsapp_messages', 'scheduled_webinar_messages',
                                'notification_campaigns'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY members_read ON %I FOR SELECT TO authenticated'
                       ' USING (is_member(organization_id))', name);
        EXECUTE format('CREATE POLICY admins_write ON %I FOR ALL TO authenticated'
                       ' USING (is_admin(organization_id)) WITH CHECK (is_admin(organization_id))', name);
    END LOOP;
END
$$;
ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE profiles ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE notification_campaign_groups ENABLE ROW LEVEL SECURITY;

CREATE PUBLICATION supabase_realtime
    FOR TABLE scheduled_whatsapp_messages, scheduled_webinar_messages, whatsapp_groups;
