import type { Overview, SessionRow } from '@truesend/react';

export type Queue = Overview['queues'][number];

/** A session that cannot send, and what waits for it. */
export interface DeadEnd {
  readonly session: SessionRow;
  readonly queue: Queue;
}

/** Sessions with messages that will not leave until somebody reconnects them, the longest queue first. */
export function deadEnds(sessions: readonly SessionRow[], queues: readonly Queue[]): readonly DeadEnd[] {
  const queueOf = new Map(queues.map((queue) => [queue.session_id, queue]));
  return sessions
    .flatMap((session) => {
      const queue = queueOf.get(session.id);
      return queue && queue.waiting > 0 && isDead(session) ? [{ session, queue }] : [];
    })
    .sort((one, other) => other.queue.waiting - one.queue.waiting);
}

const isDead = ({ badge }: SessionRow): boolean =>
  badge === 'disconnected' || badge === 'scan_qr' || badge === 'silent';
