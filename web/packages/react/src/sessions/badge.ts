import type { Badge, SessionRow } from '../api/types';

/** What the badge is decided from. */
export type BadgeColumns = Pick<
  SessionRow,
  'status' | 'connected_at' | 'phone_number' | 'silent_since' | 'last_verified_at' | 'last_error' | 'last_error_at' | 'superseded_by'
>;

export declare function badgeOf(session: BadgeColumns): Badge;
