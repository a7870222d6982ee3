import type { MessageFact, MessageRow, SessionFact, SessionRow } from '../src/index';

export const ORGANIZATION = '0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33';

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${n.toString().padStart(12, '0')}`;
}

export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 2, 1, 9, 0, 0) + seconds * 1000).toISOString();
}

export function session(n: number, columns: Partial<SessionRow> = {}): SessionRow {
  return {
    id: uuid(n),
    organization_id: ORGANIZATION,
    phone_number: `4915100000${n}`,
    display_name: `Session ${n}`,
    status: 'connected',
    badge: 'connected',
    verifying: false,
    superseded_by: null,
    silent_since: null,
    gateway: 'default',
    last_error: null,
    last_error_at: null,
    last_verified_at: at(0),
    connected_at: at(-3600),
    last_active_at: null,
    created_at: at(-7200),
    updated_at: at(0),
    version: 1,
    ...columns,
  };
}

export function sessionFact(row: SessionRow, type: string, columns: Partial<SessionFact> = {}): SessionFact {
  return {
    id: row.id,
    organization_id: row.organization_id,
    type,
    status: row.status,
    version: row.version + 1,
    position: 100,
    occurred_at: at(10),
    last_error: null,
    last_error_at: null,
    last_verified_at: at(10),
    phone_number: row.phone_number,
    previous_status: row.status,
    silent_since: null,
    ...columns,
  };
}

export function message(n: number, columns: Partial<MessageRow> = {}): MessageRow {
  return {
    id: uuid(n),
    organization_id: ORGANIZATION,
    session_id: uuid(1),
    recipient: `9198000000${n}`,
    message_content: `Message ${n}`,
    media_url: null,
    media_type: null,
    scheduled_for: at(n),
    status: 'pending',
    sent_at: null,
    error_message: null,
    vps_error: null,
    retry_count: 0,
    next_attempt_at: null,
    attempt_started_at: null,
    gateway_message_id: null,
    accepted_at: null,
    unconfirmed_at: null,
    delivered_at: null,
    read_at: null,
    version: 1,
    created_at: at(n),
    held_reason: null,
    held_until: null,
    confirmed_by: null,
    max_attempts: 3,
    ...columns,
  };
}

export function messageFact(row: MessageRow, type: string, columns: Partial<MessageFact> = {}): MessageFact {
  return {
    id: row.id,
    organization_id: row.organization_id,
    type,
    status: row.status,
    version: row.version + 1,
    position: 200,
    occurred_at: at(20),
    session_id: row.session_id,
    outcome: null,
    retry_count: row.retry_count,
    next_attempt_at: null,
    error_message: null,
    correction: false,
    ...columns,
  };
}
