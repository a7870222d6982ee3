import { type ProblemError, type SessionRow, useWhatsAppSession } from '@truesend/react';
import { useCallback, useEffect, useRef, useState } from 'react';

import type { Queue } from '../sessions/waiting';

/** What is to be connected: a session, or a new one under this name. */
export type Target =
  | { readonly kind: 'session'; readonly session: SessionRow }
  | { readonly kind: 'new'; readonly displayName: string | null };

export interface Reconnecting {
  readonly target: Target | null;
  readonly problem: ProblemError | null;
  /** The session that was connected last, if it had messages waiting, and how many. */
  readonly leaving: { readonly sessionId: string; readonly from: number } | null;
  readonly start: (session: SessionRow) => void;
  readonly startNew: (displayName: string | null) => void;
  readonly again: () => void;
  readonly cancel: () => void;
}

/** One session at a time is connected, from the click until its gateway confirms it; then its held messages are watched. */
export function useReconnecting(queues: readonly Queue[] | undefined): Reconnecting {
  const { connect, cancelConnection } = useWhatsAppSession();
  const [target, setTarget] = useState<Target | null>(null);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const [leaving, setLeaving] = useState<Reconnecting['leaving']>(null);

  // read at the click, so that `start` stays the same while queues change, and rows need not be drawn again
  const latestQueues = useRef(queues);
  useEffect(() => {
    latestQueues.current = queues;
  }, [queues]);

  const run = useCallback(
    async (wanted: Target) => {
      setTarget(wanted);
      setProblem(null);
      setLeaving(null);
      const held = wanted.kind === 'session' ? waitingOf(wanted.session.id, latestQueues.current) : 0;
      const result = await (wanted.kind === 'session'
        ? connect(wanted.session.id)
        : connect(undefined, wanted.displayName ? { displayName: wanted.displayName } : {}));
      if (!result.ok) {
        setProblem(result.error);
        return;
      }
      setTarget(null);
      if (result.value && held > 0) setLeaving({ sessionId: result.value.sessionId, from: held });
    },
    [connect],
  );

  const start = useCallback((session: SessionRow) => void run({ kind: 'session', session }), [run]);
  const startNew = useCallback((displayName: string | null) => void run({ kind: 'new', displayName }), [run]);
  const again = useCallback(() => {
    if (target) void run(target);
  }, [run, target]);
  const cancel = useCallback(() => {
    cancelConnection();
    setTarget(null);
  }, [cancelConnection]);

  return { target, problem, leaving, start, startNew, again, cancel };
}

const waitingOf = (sessionId: string, queues: readonly Queue[] | undefined): number =>
  queues?.find(({ session_id }) => session_id === sessionId)?.waiting ?? 0;
