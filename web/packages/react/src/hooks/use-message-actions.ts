import type { MessageRow } from '../api/types';
import type { ActionResult } from '../client/result';
export interface RetryOptions {
  /** Through another session. */
  readonly sessionId?: string;
  /** Also where it may arrive twice. */
  readonly force?: boolean;
  readonly reason?: string;
}
export interface MessageActions {
  readonly retry: (messageId: string, options?: RetryOptions) => Promise<ActionResult<MessageRow>>;
  readonly cancel: (messageId: string, reason?: string) => Promise<ActionResult<MessageRow>>;
  readonly check: (messageId: string, reason?: string) => Promise<ActionResult<MessageRow>>;
  readonly markDelivered: (messageId: string, reason?: string) => Promise<ActionResult<MessageRow>>;
  readonly isRetrying: boolean;
  readonly isCancelling: boolean;
  readonly isChecking: boolean;
  readonly isMarkingDelivered: boolean;
  /** Messages that an action of this component is under way for. */
  readonly busyMessageIds: ReadonlySet<string>;
}
export declare function useMessageActions(): MessageActions;
