import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import type { HistoryItem, MessageDetail } from '../api/types';
import type { ProblemError } from '../client/problem';
import { given } from '../live/reads';
import { useLiveData } from './context';
import { problemIn, QUERY_SETTINGS } from './query-settings';

export interface OneMessage {
  readonly message: MessageDetail | undefined;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
  /** All of its history that was read, oldest first as the API has it. */
  readonly history: readonly HistoryItem[];
  readonly hasMoreHistory: boolean;
  readonly loadMoreHistory: () => void;
  readonly isLoadingMoreHistory: boolean;
}

/** One message with its attempts and history, live. `null`: none is wanted. */
export function useMessage(messageId: string | null): OneMessage {
  const { client, keys, queries } = useLiveData();
  const id = messageId ?? '';
  const detail = useQuery(
    {
      ...QUERY_SETTINGS,
      enabled: messageId !== null,
      queryKey: keys.message(id),
      queryFn: async ({ signal }) => {
        const params = { path: { message_id: id } };
        return given((await client.http.GET('/v1/messages/{message_id}', { params, signal })).data);
      },
    },
    queries,
  );
  const firstCursor = detail.data?.history_next_cursor ?? null;
  // the cursor that somebody went on from: the detail's own moves when its first page grows
  const [wantedFrom, setWantedFrom] = useState<string | null>(null);
  const isWanted = wantedFrom !== null && wantedFrom === firstCursor;
  const rest = useInfiniteQuery(
    {
      ...QUERY_SETTINGS,
      enabled: isWanted,
      queryKey: keys.messageHistory(id, firstCursor ?? ''),
      queryFn: async ({ pageParam, signal }) => {
        const params = { path: { message_id: id }, query: { cursor: pageParam } };
        return given((await client.http.GET('/v1/messages/{message_id}/history', { params, signal })).data);
      },
      initialPageParam: firstCursor ?? '',
      getNextPageParam: (page) => page.next_cursor,
    },
    queries,
  );
  const history = useMemo(
    () => [
      ...(detail.data?.history ?? []),
      ...(isWanted ? (rest.data?.pages.flatMap((page) => page.items) ?? []) : []),
    ],
    [detail.data, rest.data, isWanted],
  );
  const { fetchNextPage } = rest;
  const loadMoreHistory = useCallback(() => {
    if (isWanted) void fetchNextPage();
    else setWantedFrom(firstCursor);
  }, [isWanted, fetchNextPage, firstCursor]);
  return {
    message: detail.data,
    isLoading: messageId !== null && detail.isPending,
    error: problemIn(detail.error),
    history,
    hasMoreHistory: firstCursor !== null && (!isWanted || rest.isPending || rest.hasNextPage),
    loadMoreHistory,
    isLoadingMoreHistory: rest.isFetching && isWanted,
  };
}
