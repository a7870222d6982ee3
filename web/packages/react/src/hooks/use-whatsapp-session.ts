import type { SessionOrder, SessionQueue, SessionRow, VerifyAnswer } from '../api/types';
import type { ProblemError } from '../client/problem';
import type { ActionResult } from '../client/result';
import type { ConnectionState } from '../sessions/connection';
export interface WhatsAppSession {
  readonly sessions: readonly SessionRow[];
  readonly sessionsLoading: boolean;
  readonly sessionsError: ProblemError | null;
  readonly verifyingSessionIds: ReadonlySet<string>;
  readonly verifiedStatuses: ReadonlyMap<string, string>;
  readonly connectionState: ConnectionState;
  /** Pairs a session, or a new one. Resolves at the end: connected, refused, or cancelled (`value` is null). */
  readonly connect: (sessionId?: string) => Promise<ActionResult<{ sessionId: string } | null>>;
  readonly isConnecting: boolean;
  readonly cancelConnection: () => void;
  readonly disconnect: (sessionId: string, reason?: string) => Promise<ActionResult<SessionOrder>>;
  readonly isDisconnecting: boolean;
  readonly deleteSession: (sessionId: string) => Promise<ActionResult<null>>;
  readonly isDeletingSession: boolean;
  readonly refreshSession: (sessionId: string) => Promise<ActionResult<VerifyAnswer>>;
  readonly pauseSession: (sessionId: string, reason?: string) => Promise<ActionResult<SessionQueue>>;
  readonly resumeSession: (sessionId: string, reason?: string) => Promise<ActionResult<SessionQueue>>;
}
export declare function useWhatsAppSession(): WhatsAppSession;
