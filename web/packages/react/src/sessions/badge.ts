import type { Badge, SessionRow } from '../api/types';
import { compareInstants } from '../time/instant';

/** What the badge is decided from. */
export type BadgeColumns = Pick<
  SessionRow,
  | 'status'
  | 'connected_at'
  | 'phone_number'
  | 'silent_since'
  | 'last_verified_at'
  | 'last_error'
  | 'last_error_at'
  | 'superseded_by'
>;

const BY_STATUS: Readonly<Record<string, Badge>> = {
  connected: 'connected',
  connecting: 'connecting',
  qr_pending: 'scan_qr',
  disconnected: 'disconnected',
};

/** The badge of a session row, as the API decides it: a table of cases that both are held to sees to that. */
export function badgeOf(session: BadgeColumns): Badge {
  if (wasNeverPaired(session)) return 'never_paired';
  if (session.status === 'connected' && session.silent_since !== null) return 'silent';
  if (isInDoubt(session)) return 'cannot_verify';
  return BY_STATUS[session.status] ?? 'cannot_verify';
}

/** What a session that cannot be verified was as far as anybody knows; null for every other, and for a status nobody knows. */
export function lastKnownBadge(session: BadgeColumns): Badge | null {
  return badgeOf(session) === 'cannot_verify' ? (BY_STATUS[session.status] ?? null) : null;
}

function wasNeverPaired(session: BadgeColumns): boolean {
  return session.status === 'disconnected' && session.connected_at === null && session.phone_number === null;
}

/** An unanswered verification leaves the status as it was and is newer than the last answer. */
function isInDoubt(session: BadgeColumns): boolean {
  const { last_error, last_error_at, last_verified_at } = session;
  if (session.status === 'connected') return last_verified_at === null || last_error !== null;
  if (last_error === null || last_error_at === null || session.superseded_by !== null) return false;
  return last_verified_at === null || compareInstants(last_error_at, last_verified_at) > 0;
}
