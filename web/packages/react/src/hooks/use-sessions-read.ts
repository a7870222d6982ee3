import { useQuery } from '@tanstack/react-query';
import type { SessionRow } from '../api/types';
import type { ProblemError } from '../client/problem';
import { useLiveData } from './context';
import { problemIn, QUERY_SETTINGS } from './query-settings';

export interface SessionsRead {
  readonly sessions: readonly SessionRow[] | undefined;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
}

/** The one list of sessions that all hooks read from. */
export function useSessionsRead(): SessionsRead {
  const live = useLiveData();
  const query = useQuery<readonly SessionRow[]>(
    {
      ...QUERY_SETTINGS,
      queryKey: live.keys.sessions,
      queryFn: ({ signal }) => live.readSessions(signal),
      // rows keep their identity by themselves: a deep comparison of a thousand per fact is for nothing
      structuralSharing: false,
    },
    live.queries,
  );
  return { sessions: query.data, isLoading: query.isPending, error: problemIn(query.error) };
}
