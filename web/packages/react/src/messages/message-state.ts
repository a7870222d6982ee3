import type { HeldReason, MessageRow } from '../api/types';
import { dateOf } from '../time/instant';
import { confirmedBy, type ConfirmedBy } from './confirmed-by';

/** Where a message stands, in what an operator needs to know. Texts are made of it by `Labels.message`. */
export type MessageState =
  | { readonly kind: 'scheduled'; readonly at: Date }
  | { readonly kind: 'due' }
  | {
      readonly kind: 'held';
      readonly reason: HeldReason;
      readonly until: Date | null;
      readonly inSeconds: number | null;
    }
  | {
      readonly kind: 'retrying';
      readonly at: Date;
      readonly inSeconds: number;
      /** The number of the attempt that is to come. */
      readonly attempt: number;
      /** After how many it fails; null for one beyond, where MAX_ATTEMPTS was lowered. */
      readonly of: number | null;
    }
  | { readonly kind: 'sending'; readonly since: Date | null }
  | { readonly kind: 'accepted'; readonly since: Date }
  | {
      readonly kind: 'unconfirmed';
      readonly since: Date;
      readonly sentence: string | null;
      readonly words: string | null;
    }
  | {
      readonly kind: 'sent';
      readonly at: Date | null;
      /** Null where history does not reach back to it, or where the CRM has called it sent. */
      readonly confirmedBy: ConfirmedBy | null;
      readonly deliveredAt: Date | null;
      readonly readAt: Date | null;
    }
  | { readonly kind: 'failed'; readonly sentence: string | null; readonly words: string | null }
  | { readonly kind: 'cancelled'; readonly words: string | null }
  | { readonly kind: 'unknown'; readonly status: string };

export type MessageStateKind = MessageState['kind'];

/** What the page says of a message at `now`. */
export function messageState(row: MessageRow, now: Date): MessageState {
  const sentence = row.error_message;
  const words = row.vps_error;
  switch (row.status) {
    case 'pending':
      return pendingState(row, now);
    case 'sending':
      if (row.unconfirmed_at) return { kind: 'unconfirmed', since: new Date(row.unconfirmed_at), sentence, words };
      if (row.accepted_at) return { kind: 'accepted', since: new Date(row.accepted_at) };
      return { kind: 'sending', since: dateOf(row.attempt_started_at) };
    case 'sent':
      return {
        kind: 'sent',
        at: dateOf(row.sent_at),
        confirmedBy: confirmedBy(row.confirmed_by),
        deliveredAt: dateOf(row.delivered_at),
        readAt: dateOf(row.read_at),
      };
    case 'failed':
      return { kind: 'failed', sentence, words };
    case 'cancelled':
      return { kind: 'cancelled', words };
    default:
      return { kind: 'unknown', status: row.status };
  }
}

function pendingState(row: MessageRow, now: Date): MessageState {
  if (row.held_reason) {
    const until = dateOf(row.held_until);
    return { kind: 'held', reason: row.held_reason, until, inSeconds: until && secondsUntil(until, now) };
  }
  const failures = row.retry_count ?? 0;
  if (failures > 0) {
    const at = new Date(row.next_attempt_at ?? row.scheduled_for);
    const attempt = failures + 1;
    const of = attempt <= row.max_attempts ? row.max_attempts : null;
    return { kind: 'retrying', at, inSeconds: secondsUntil(at, now), attempt, of };
  }
  const due = dueAt(row);
  return due > now ? { kind: 'scheduled', at: due } : { kind: 'due' };
}

/** When a pending message may go, as far as its row tells. */
export function dueAt(row: MessageRow): Date {
  const times = [row.scheduled_for, row.next_attempt_at, row.held_until].flatMap((time) =>
    time ? [Date.parse(time)] : [],
  );
  return new Date(Math.max(...times));
}

function secondsUntil(at: Date, now: Date): number {
  return Math.max(0, Math.ceil((at.getTime() - now.getTime()) / 1000));
}
