import { useCallback, useRef, useState } from 'react';
import type { BulkRetryAnswer, RetryFilter } from '../api/types';
import { ProblemError } from '../client/problem';
import type { ActionResult } from '../client/result';
import type { LiveData } from '../live/live-data';
import { given } from '../live/reads';
import { useLiveData } from './context';
import { useAction } from './use-action';
import type { RetryOptions } from './use-message-actions';

export interface BulkRetryCount {
  readonly matched: number;
  /** What would be retried. */
  readonly retryable: number;
  readonly refused: number;
  /** Why not, by state, `no_recipient` and `busy`. */
  readonly refusedBy: Readonly<Record<string, number>>;
}

export interface BulkRetryProgress {
  /** What a count said before the start; null where nobody counted. */
  readonly total: number | null;
  readonly matched: number;
  readonly retried: number;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly state: 'running' | 'finished' | 'cancelled' | 'failed';
  readonly error: ProblemError | null;
}

export interface BulkRetry {
  /** Counts, and changes nothing. */
  readonly count: (filter: RetryFilter, options?: RetryOptions) => Promise<ActionResult<BulkRetryCount>>;
  readonly run: (filter: RetryFilter, options?: RetryOptions) => Promise<ActionResult<BulkRetryProgress>>;
  readonly isCounting: boolean;
  readonly isRunning: boolean;
  readonly progress: BulkRetryProgress | null;
  /** Stops after the request that is under way: what was retried stays retried. */
  readonly cancel: () => void;
  /** Forgets the progress and the count. */
  readonly reset: () => void;
}

interface Tally {
  readonly matched: number;
  readonly retried: number;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
}

const NOTHING: Tally = { matched: 0, retried: 0, refused: 0, refusedBy: {} };

/** Retries many messages by filter: counts first, and goes on request by request until none is left. */
export function useBulkRetry(): BulkRetry {
  const live = useLiveData();
  const [countAll, isCounting] = useAction(countRetries);
  const [progress, setProgress] = useState<BulkRetryProgress | null>(null);
  const counted = useRef<number | null>(null);
  const stopped = useRef(new AbortController());
  const count = useCallback(
    async (filter: RetryFilter, options?: RetryOptions) => {
      const result = await countAll(filter, options);
      counted.current = result.ok ? result.value.retryable : null;
      return result;
    },
    [countAll],
  );
  const run = useCallback(
    async (filter: RetryFilter, options: RetryOptions = {}): Promise<ActionResult<BulkRetryProgress>> => {
      const { signal } = (stopped.current = new AbortController());
      const total = counted.current;
      let tally = NOTHING;
      const tell = (state: BulkRetryProgress['state'], error: ProblemError | null = null) => {
        const told = { ...tally, total, state, error };
        setProgress(told);
        return told;
      };
      tell('running');
      try {
        for await (const answer of answers(live, filter, options, false)) {
          tally = added(tally, answer);
          if (signal.aborted && answer.more) return { ok: true, value: tell('cancelled') };
          tell('running');
        }
        return { ok: true, value: tell('finished') };
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        tell('failed', error);
        return { ok: false, error };
      }
    },
    [live],
  );
  const cancel = useCallback(() => {
    stopped.current.abort();
  }, []);
  const reset = useCallback(() => {
    counted.current = null;
    setProgress(null);
  }, []);
  return { count, run, isCounting, isRunning: progress?.state === 'running', progress, cancel, reset };
}

async function countRetries(live: LiveData, filter: RetryFilter, options: RetryOptions = {}): Promise<BulkRetryCount> {
  let tally = NOTHING;
  for await (const answer of answers(live, filter, options, true)) tally = added(tally, answer);
  const { matched, refused, refusedBy } = tally;
  return { matched, retryable: matched - refused, refused, refusedBy };
}

/** Request by request, each from where the one before stopped. */
async function* answers(
  { client }: LiveData,
  filter: RetryFilter,
  { sessionId, force = false, reason }: RetryOptions,
  isDryRun: boolean,
): AsyncGenerator<BulkRetryAnswer> {
  let after: string | undefined;
  for (;;) {
    const body = {
      filter,
      force,
      dry_run: isDryRun,
      ...(sessionId !== undefined && { session_id: sessionId }),
      ...(reason !== undefined && { reason }),
      ...(after !== undefined && { cursor: after }),
    };
    const answer: BulkRetryAnswer = given((await client.http.POST('/v1/messages/retry', { body })).data);
    yield answer;
    if (!answer.more || answer.next_cursor === null) return;
    after = answer.next_cursor;
  }
}

function added(tally: Tally, answer: BulkRetryAnswer): Tally {
  const refusedBy = { ...tally.refusedBy };
  for (const [why, count] of Object.entries(answer.refused_by)) refusedBy[why] = (refusedBy[why] ?? 0) + count;
  return {
    matched: tally.matched + answer.matched,
    retried: tally.retried + answer.retried,
    refused: tally.refused + answer.refused,
    refusedBy,
  };
}
