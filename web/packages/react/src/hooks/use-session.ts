import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { SessionQueue, SessionRow } from '../api/types';
import type { ProblemError } from '../client/problem';
import { given } from '../live/reads';
import { useLiveData } from './context';
import { problemIn, QUERY_SETTINGS } from './query-settings';
import { useSessionsRead } from './use-sessions-read';

export interface OneSession {
  /** Undefined while it is read, and where there is no such session. */
  readonly session: SessionRow | undefined;
  /** How it may send now: pace, pause, hold. */
  readonly queue: SessionQueue | undefined;
  readonly isVerifying: boolean;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
}

/** One session, live. */
export function useSession(sessionId: string): OneSession {
  const live = useLiveData();
  const { sessions, isLoading, error } = useSessionsRead();
  const { verifying } = useSyncExternalStore(
    live.verification.state.subscribe,
    live.verification.state.get,
    live.verification.state.get,
  );
  const queue = useQuery(
    {
      ...QUERY_SETTINGS,
      queryKey: live.keys.queue(sessionId),
      queryFn: async ({ signal }) => {
        const params = { path: { session_id: sessionId } };
        return given((await live.client.http.GET('/v1/sessions/{session_id}/pace', { params, signal })).data);
      },
    },
    live.queries,
  );
  return {
    session: sessions?.find((row) => row.id === sessionId),
    queue: queue.data,
    isVerifying: verifying.has(sessionId),
    isLoading,
    error: error ?? problemIn(queue.error),
  };
}
