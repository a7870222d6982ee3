import { useQuery } from '@tanstack/react-query';
import type { BatchProgress } from '../api/types';
import type { ProblemError } from '../client/problem';
import { given } from '../live/reads';
import { useLiveData } from './context';
import { problemIn, QUERY_SETTINGS } from './query-settings';

export interface LiveBatch {
  readonly batch: BatchProgress | undefined;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
}

const WHILE_UNFINISHED_MS = 10_000;

/** How far a batch is: read again when messages change, at most every two seconds, until it is finished. */
export function useBatch(batchId: string): LiveBatch {
  const { client, keys, queries } = useLiveData();
  const query = useQuery(
    {
      ...QUERY_SETTINGS,
      queryKey: keys.batch(batchId),
      queryFn: async ({ signal }) => {
        const params = { path: { batch_id: batchId } };
        return given((await client.http.GET('/v1/batches/{batch_id}', { params, signal })).data);
      },
      refetchInterval: ({ state }) => (state.data?.finished === false ? WHILE_UNFINISHED_MS : false),
    },
    queries,
  );
  return { batch: query.data, isLoading: query.isPending, error: problemIn(query.error) };
}
