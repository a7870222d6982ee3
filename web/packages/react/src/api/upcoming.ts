/** What the published OpenAPI document does not have yet. Replaced by the generated types as soon as it has it. */
import type { WebhookHealth } from './types';

export interface NewSession {
  display_name?: string | null;
  gateway?: string | null;
}

export interface UptimeSegment {
  from: string;
  to: string;
  state: 'up' | 'down' | 'unknown';
}

export interface Overview {
  as_of: string;
  hours: number;
  sessions: Record<'connected' | 'silent' | 'disconnected' | 'connecting' | 'scan_qr' | 'cannot_verify' | 'never_paired', number>;
  messages: Record<'pending' | 'sending' | 'unconfirmed' | 'sent' | 'failed' | 'cancelled', number>;
  outcomes: { hour: string; sent: number; failed: number; cancelled: number; unconfirmed: number }[];
  time_to_confirm: { hour: string; confirmed: number; median_s: number | null; p95_s: number | null }[];
  queues: {
    session_id: string;
    waiting: number;
    oldest_due_at: string;
    held_reason: string | null;
    held_until: string | null;
  }[];
  uptime: { session_id: string; segments: UptimeSegment[] }[];
  alerts: {
    id: string;
    kind: string;
    session_id: string | null;
    since: string;
    raised_at: string | null;
    resolved_at: string | null;
  }[];
  webhooks: WebhookHealth[];
}
