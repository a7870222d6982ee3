import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { HistoryItem } from '../api/types';
import type { ProblemError } from '../client/problem';
import { given } from '../live/reads';
import { useLiveData } from './context';
import { problemIn, QUERY_SETTINGS } from './query-settings';

export interface SessionHistory {
  /** Newest first. */
  readonly items: readonly HistoryItem[];
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly isLoadingMore: boolean;
}

/** What became of a session, read again whenever something does. */
export function useSessionHistory(sessionId: string): SessionHistory {
  const { client, keys, queries } = useLiveData();
  const query = useInfiniteQuery(
    {
      ...QUERY_SETTINGS,
      queryKey: keys.sessionHistory(sessionId),
      queryFn: async ({ pageParam, signal }) => {
        const params = {
          path: { session_id: sessionId },
          query: pageParam === null ? {} : { cursor: pageParam },
        };
        return given((await client.http.GET('/v1/sessions/{session_id}/history', { params, signal })).data);
      },
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next_cursor,
    },
    queries,
  );
  const { data, fetchNextPage } = query;
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  return {
    items,
    isLoading: query.isPending,
    error: problemIn(query.error),
    hasMore: query.hasNextPage,
    loadMore,
    isLoadingMore: query.isFetchingNextPage,
  };
}
