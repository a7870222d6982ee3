import type { HeldReason, HistoryItem, MessageDetail, MessageRow } from '../api/types';
import { dateOf } from '../time/instant';

/** How it is known that a message was sent. */
export type ConfirmedBy = 'http' | 'callback' | 'lookup' | 'receipt' | 'operator';

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
      /** Null where the row does not tell: it is in the message's history. */
      readonly confirmedBy: ConfirmedBy | null;
      readonly deliveredAt: Date | null;
      readonly readAt: Date | null;
    }
  | { readonly kind: 'failed'; readonly sentence: string | null; readonly words: string | null }
  | { readonly kind: 'cancelled'; readonly words: string | null }
  | { readonly kind: 'unknown'; readonly status: string };

export type MessageStateKind = MessageState['kind'];

export interface MessageStateOptions {
  /** MAX_ATTEMPTS of the installation, where it is known. */
  readonly maxAttempts?: number;
}

/** What the page says of a message at `now`. A detail tells more than a row: how the sending was confirmed. */
export function messageState(
  row: MessageRow | MessageDetail,
  now: Date,
  { maxAttempts }: MessageStateOptions = {},
): MessageState {
  const sentence = row.error_message;
  const words = row.vps_error;
  switch (row.status) {
    case 'pending':
      return pendingState(row, now, maxAttempts ?? null);
    case 'sending':
      if (row.unconfirmed_at) return { kind: 'unconfirmed', since: new Date(row.unconfirmed_at), sentence, words };
      if (row.accepted_at) return { kind: 'accepted', since: new Date(row.accepted_at) };
      return { kind: 'sending', since: dateOf(row.attempt_started_at) };
    case 'sent':
      return {
        kind: 'sent',
        at: dateOf(row.sent_at),
        confirmedBy: confirmedBy(row),
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

function pendingState(row: MessageRow, now: Date, of: number | null): MessageState {
  if (row.held_reason) {
    const until = dateOf(row.held_until);
    return { kind: 'held', reason: row.held_reason, until, inSeconds: until && secondsUntil(until, now) };
  }
  const failures = row.retry_count ?? 0;
  if (failures > 0) {
    const at = new Date(row.next_attempt_at ?? row.scheduled_for);
    return { kind: 'retrying', at, inSeconds: secondsUntil(at, now), attempt: failures + 1, of };
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

const WAYS: ReadonlySet<string> = new Set<ConfirmedBy>(['http', 'callback', 'lookup', 'receipt', 'operator']);

/** The newest fact that says how it was confirmed. */
function confirmedBy(row: MessageRow | MessageDetail): ConfirmedBy | null {
  for (const item of historyOf(row).toReversed()) {
    const way = item['confirmed_by'];
    if (item.type === 'message.sent' && typeof way === 'string' && WAYS.has(way)) return way as ConfirmedBy;
  }
  return null;
}

function historyOf(row: MessageRow | MessageDetail): readonly HistoryItem[] {
  return 'history' in row && Array.isArray(row.history) ? (row.history as readonly HistoryItem[]) : [];
}
