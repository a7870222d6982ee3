-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- A CRM may have a table of its own for what failed for good, with a page that reads it. The sender writes there what became
-- of a message, in the transaction in which it fails (DEAD_LETTER_TABLE). That table is the CRM's: which columns it has, and
-- of what types, is asked each time, and whatever it refuses is told (as SQLSTATE) and makes nothing of ours fail.

-- An entry for each of these messages that has failed, unless one is open for it since it was last tried again. It holds no
-- text and no recipient.
CREATE OR REPLACE FUNCTION truesend.bury_messages(
    target text, message_ids uuid[], OUT written bigint, OUT problem text
)
LANGUAGE plpgsql
AS $$
DECLARE
    relation regclass;
    names text;
    sources text;
    is_open text;
    id_type text;
BEGIN
    written := 0;
    relation := target::regclass;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(format('(%s)::%s', ours.source, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum),
           CASE WHEN bool_or(a.attname = 'status') THEN 'd.status::text = ''pending_review''' ELSE 'true' END,
           max(format_type(a.atttypid, a.atttypmod)) FILTER (WHERE a.attname = 'source_id')
    INTO names, sources, is_open, id_type
    FROM (VALUES
        ('organization_id', 'm.organization_id'), ('source_table', '''scheduled_whatsapp_messages''::text'),
        ('source_id', 'm.id'), ('error_message', 'm.error_message'), ('retry_count', 'coalesce(m.retry_count, 0)'),
        ('status', '''pending_review''::text'), ('created_at', 'now()'),
        ('payload', 'jsonb_build_object(''written_by'', ''truesend'', ''failed_at'', now(), ''scheduled_for'', m.scheduled_for,'
                    ' ''session_id'', coalesce(m.session_id, (SELECT t.session_id FROM truesend.message_attempts AS t'
                    ' WHERE t.message_id = m.id ORDER BY t.started_at DESC LIMIT 1)), ''vps_error'', m.vps_error)')
    ) AS ours (name, source)
    JOIN pg_attribute AS a ON a.attrelid = relation AND a.attname = ours.name AND NOT a.attisdropped;
    EXECUTE format(
        'INSERT INTO %1$s (%2$s) SELECT %3$s FROM scheduled_whatsapp_messages AS m'
        ' WHERE m.id = ANY ($1) AND m.status = ''failed'''
        ' AND NOT EXISTS (SELECT FROM %1$s AS d WHERE d.source_table::text = ''scheduled_whatsapp_messages'''
        ' AND d.source_id = (m.id)::%5$s AND d.payload::jsonb ->> ''written_by'' = ''truesend'' AND %4$s'
        ' AND (m.retried_at IS NULL OR (d.payload::jsonb ->> ''failed_at'')::timestamptz > m.retried_at))',
        relation, names, sources, is_open, id_type)
    USING message_ids;
    GET DIAGNOSTICS written = ROW_COUNT;
EXCEPTION WHEN OTHERS THEN
    written := 0;
    problem := SQLSTATE;
END
$$;

-- Open entries of ours whose message has been tried again, was sent after all, or was cancelled are closed, in the words that
-- such a page has; and the gateway's words go from those whose message was erased, or is gone. What a person has closed stays.
CREATE OR REPLACE FUNCTION truesend.settle_buried(
    target text, row_limit integer, OUT settled bigint, OUT problem text
)
LANGUAGE plpgsql
AS $$
DECLARE
    relation regclass;
    status_type text;
    changes text;
BEGIN
    settled := 0;
    relation := target::regclass;
    SELECT max(format_type(a.atttypid, a.atttypmod)) FILTER (WHERE a.attname = 'status'),
           string_agg(CASE a.attname
               WHEN 'status' THEN format('status = coalesce(n.status, d.status::text)::%s',
                                         format_type(a.atttypid, a.atttypmod))
               WHEN 'notes' THEN 'notes = coalesce(d.notes, n.why)'
               WHEN 'payload' THEN format('payload = (n.payload)::%s', format_type(a.atttypid, a.atttypmod))
           END, ', ')
    INTO status_type, changes
    FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attname IN ('status', 'notes', 'payload') AND NOT a.attisdropped;
    EXECUTE format(
        'WITH ours AS MATERIALIZED ('
        '    SELECT d.ctid AS place, d.payload::jsonb AS payload, %2$s AS is_open,'
        '           CASE WHEN d.payload::jsonb ->> ''written_by'' = ''truesend'''
        '                THEN d.source_id::text::uuid END AS message_id'
        '    FROM %1$s AS d'
        '    WHERE d.source_table::text = ''scheduled_whatsapp_messages'''
        '      AND d.payload::jsonb ->> ''written_by'' = ''truesend'''
        '      AND (%2$s OR d.payload::jsonb ->> ''vps_error'' IS NOT NULL)'
        '), judged AS ('
        '    SELECT o.place, v.status, v.why,'
        '           CASE WHEN m.id IS NULL OR m.message_content = ''[erased]'' THEN o.payload - ''vps_error'''
        '                ELSE o.payload END AS payload,'
        '           o.payload AS before'
        '    FROM ours AS o'
        '    LEFT JOIN scheduled_whatsapp_messages AS m ON m.id = o.message_id'
        '    CROSS JOIN LATERAL (SELECT CASE'
        '        WHEN NOT o.is_open THEN NULL'
        '        WHEN m.retried_at > (o.payload ->> ''failed_at'')::timestamptz THEN ''retried'''
        '        WHEN m.status IN (''sent'', ''cancelled'') THEN ''discarded'' END AS status) AS w'
        '    CROSS JOIN LATERAL (SELECT w.status, CASE w.status WHEN ''retried'' THEN ''Truesend: it was tried again.'''
        '        WHEN ''discarded'' THEN CASE m.status WHEN ''sent'' THEN ''Truesend: it was sent after all.'''
        '                                             ELSE ''Truesend: it was cancelled.'' END END AS why) AS v'
        '), news AS MATERIALIZED ('
        '    SELECT j.place, j.status, j.why, j.payload FROM judged AS j'
        '    JOIN %1$s AS d ON d.ctid = j.place'
        '    WHERE j.status IS NOT NULL OR j.payload IS DISTINCT FROM j.before'
        '    LIMIT $1 FOR UPDATE OF d SKIP LOCKED'
        ')'
        'UPDATE %1$s AS d SET %3$s FROM news AS n WHERE d.ctid = n.place',
        relation, CASE WHEN status_type IS NULL THEN 'false' ELSE 'd.status::text = ''pending_review''' END, changes)
    USING row_limit;
    GET DIAGNOSTICS settled = ROW_COUNT;
EXCEPTION WHEN OTHERS THEN
    settled := 0;
    problem := SQLSTATE;
END
$$;

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
