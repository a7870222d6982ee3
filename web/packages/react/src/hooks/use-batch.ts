import type { BatchProgress } from '../api/types';
import type { ProblemError } from '../client/problem';
export interface LiveBatch {
  readonly batch: BatchProgress | undefined;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
}
export declare function useBatch(batchId: string): LiveBatch;
