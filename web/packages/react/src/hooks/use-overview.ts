import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { Overview } from '../api/types';
import type { ProblemError } from '../client/problem';
import { given } from '../live/reads';
import { useLiveData } from './context';
import { problemIn, QUERY_SETTINGS } from './query-settings';

export interface LiveOverview {
  readonly overview: Overview | undefined;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
  readonly refetch: () => void;
}

/** What becomes due, and hours that pass, have no event. */
const ANYWAY_EVERY_MS = 60_000;

/** An organisation at a glance: read again when something happens, at most every five seconds. */
export function useOverview(hours = 24): LiveOverview {
  const { client, keys, queries } = useLiveData();
  const query = useQuery(
    {
      ...QUERY_SETTINGS,
      queryKey: keys.overview(hours),
      queryFn: async ({ signal }) => {
        const params = { query: { hours } };
        return given((await client.http.GET('/v1/overview', { params, signal })).data);
      },
      refetchInterval: ANYWAY_EVERY_MS,
    },
    queries,
  );
  const { refetch: read } = query;
  const refetch = useCallback(() => void read(), [read]);
  return { overview: query.data, isLoading: query.isPending, error: problemIn(query.error), refetch };
}
