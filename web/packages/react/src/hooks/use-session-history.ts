import type { HistoryItem } from '../api/types';
import type { ProblemError } from '../client/problem';
export interface SessionHistory {
  /** Newest first. */
  readonly items: readonly HistoryItem[];
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly isLoadingMore: boolean;
}
export declare function useSessionHistory(sessionId: string): SessionHistory;
