import type { RetryFilter } from '../api/types';
import type { ProblemError } from '../client/problem';
import type { ActionResult } from '../client/result';
import type { RetryOptions } from './use-message-actions';
export interface BulkRetryCount {
  readonly matched: number;
  readonly retryable: number;
  readonly refused: number;
  readonly refusedBy: Readonly<Record<string, number>>;
}
export interface BulkRetryProgress {
  /** What the count said before the start; null where nobody counted. */
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
  readonly reset: () => void;
}
export declare function useBulkRetry(): BulkRetry;
