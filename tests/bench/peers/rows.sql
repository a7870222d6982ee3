-- The CRM's own table of messages, with none of Truesend's columns, triggers and queues, and the one column that a send adds.
CREATE TABLE scheduled_whatsapp_messages (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    message_type text NOT NULL,
    message_content text NOT NULL,
    recipient text NOT NULL,
    scheduled_for timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'cancelled')),
    sent_at timestamptz,
    gateway_message_id text,
    error_message text,
    retry_count integer DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX messages_due ON scheduled_whatsapp_messages (scheduled_for) WHERE status = 'pending';
