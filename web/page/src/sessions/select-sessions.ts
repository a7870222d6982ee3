import type { Badge, SessionRow } from '@truesend/react';

/** What the viewer looks for: a part of the name or number, and one badge or any. */
export interface Search {
  readonly text: string;
  readonly badge: Badge | null;
}

export const EVERYTHING: Search = { text: '', badge: null };

/** The sessions that are looked for, in the order in which they came: a row never moves because its state changes. */
export function selectSessions(sessions: readonly SessionRow[], { text, badge }: Search): readonly SessionRow[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted && badge === null) return sessions;
  const digits = wanted.replace(/[\s+()-]/g, '');
  return sessions.filter(
    (session) =>
      (badge === null || session.badge === badge) &&
      (!wanted ||
        session.display_name?.toLowerCase().includes(wanted) === true ||
        (digits !== '' && session.phone_number?.replace(/\D/g, '').includes(digits) === true)),
  );
}

/** How many there are of each badge, the ones that want attention first. */
export function countByBadge(sessions: readonly SessionRow[]): readonly (readonly [Badge, number])[] {
  const counts = new Map<Badge, number>();
  for (const { badge } of sessions) counts.set(badge, (counts.get(badge) ?? 0) + 1);
  return ATTENTION_FIRST.flatMap((badge) => {
    const count = counts.get(badge);
    return count ? [[badge, count] as const] : [];
  });
}

const ATTENTION_FIRST: readonly Badge[] = [
  'disconnected',
  'silent',
  'scan_qr',
  'cannot_verify',
  'connecting',
  'connected',
  'never_paired',
];
