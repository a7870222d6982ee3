import type { MessageFilter, MessageRow } from '../api/types';
import type { ProblemError } from '../client/problem';
export interface LiveMessages {
  readonly messages: readonly MessageRow[];
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
  readonly hasMore: boolean;
  readonly loadMore: () => void;
  readonly isLoadingMore: boolean;
  /** How many have come since the list was read, and are not shown yet. */
  readonly newer: number;
  /** Puts them on top. */
  readonly showNewer: () => void;
  readonly refetch: () => void;
}
export declare function useMessages(filter?: MessageFilter): LiveMessages;
