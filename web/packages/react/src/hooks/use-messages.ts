import { useInfiniteQuery, type InfiniteData } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { MessageFilter, MessageRow } from '../api/types';
import type { ProblemError } from '../client/problem';
import { rowsOf, waitingIn, type ListPage } from '../messages/message-list';
import { useLiveData } from './context';
import { problemIn, QUERY_SETTINGS } from './query-settings';

export interface LiveMessages {
  /** Those that were read, the newest first. They change in place; none enters, leaves or moves unless it is asked for. */
  readonly messages: readonly MessageRow[];
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly isLoadingMore: boolean;
  /** How many have come into the list since it was read, and are not shown yet. */
  readonly newer: number;
  /** Puts them in their places. */
  readonly showNewer: () => void;
  readonly refetch: () => void;
}

const NO_FILTER: MessageFilter = {};
const NO_PAGES: readonly ListPage[] = [];

/** Messages, a page at a time, live. */
export function useMessages(filter: MessageFilter = NO_FILTER): LiveMessages {
  const live = useLiveData();
  const filterText = JSON.stringify(Object.entries(filter).filter(([, value]) => (value ?? '') !== ''));
  const wanted = useMemo(
    () => Object.fromEntries(JSON.parse(filterText) as [string, unknown][]) as MessageFilter,
    [filterText],
  );
  const query = useInfiniteQuery(
    {
      ...QUERY_SETTINGS,
      queryKey: live.keys.messageList(wanted),
      queryFn: ({ pageParam, signal }) => live.messages.readPage(wanted, pageParam, signal),
      initialPageParam: null as string | null,
      getNextPageParam: (page: ListPage) => page.next_cursor,
      // a list that nobody looks at is not kept up
      gcTime: 0,
      structuralSharing: keepPatched,
    },
    live.queries,
  );
  const { data, fetchNextPage, refetch: readFirst } = query;
  const pages = data?.pages ?? NO_PAGES;
  const messages = useMemo(() => rowsOf(pages), [pages]);
  const loadMore = useCallback(() => {
    if (!query.isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, query.isFetchingNextPage]);
  const showNewer = useCallback(() => {
    live.messages.showNewer(wanted);
  }, [live, wanted]);
  const hasData = data !== undefined;
  const refetch = useCallback(() => {
    if (hasData) live.messages.readAllAgain();
    else void readFirst();
  }, [live, hasData, readFirst]);
  return {
    messages,
    isLoading: query.isPending,
    error: problemIn(query.error),
    hasMore: query.hasNextPage,
    loadMore,
    isLoadingMore: query.isFetchingNextPage,
    newer: waitingIn(pages).length,
    showNewer,
    refetch,
  };
}

/** A page that was asked for brings the pages before it as they were then; facts have changed them since. */
function keepPatched(before: unknown, after: unknown): unknown {
  const old = before as InfiniteData<ListPage> | undefined;
  const fetched = after as InfiniteData<ListPage>;
  if (!old || fetched.pages.length <= old.pages.length) return fetched;
  return { ...fetched, pages: [...old.pages, ...fetched.pages.slice(old.pages.length)] };
}
