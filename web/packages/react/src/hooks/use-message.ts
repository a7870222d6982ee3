import type { HistoryItem, MessageDetail } from '../api/types';
import type { ProblemError } from '../client/problem';
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
export declare function useMessage(messageId: string | null): OneMessage;
