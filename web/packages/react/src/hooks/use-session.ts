import type { SessionQueue, SessionRow } from '../api/types';
import type { ProblemError } from '../client/problem';
export interface OneSession {
  readonly session: SessionRow | undefined;
  /** How it may send now: pace, pause, hold. */
  readonly queue: SessionQueue | undefined;
  readonly isVerifying: boolean;
  readonly isLoading: boolean;
  readonly error: ProblemError | null;
}
export declare function useSession(sessionId: string): OneSession;
