import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { SessionOrder, SessionQueue, SessionRow, VerifyAnswer } from '../api/types';
import type { ProblemError } from '../client/problem';
import type { ActionResult } from '../client/result';
import type { LiveData } from '../live/live-data';
import type { NewSessionOptions, Paired } from '../live/pairing';
import { given } from '../live/reads';
import type { ConnectionState } from '../sessions/connection';
import { useLiveData } from './context';
import { useAction } from './use-action';
import { useSessionsRead } from './use-sessions-read';

export interface WhatsAppSession {
  readonly sessions: readonly SessionRow[];
  readonly sessionsLoading: boolean;
  readonly sessionsError: ProblemError | null;
  readonly verifyingSessionIds: ReadonlySet<string>;
  /** What sessions turned out to be since the page was loaded, in the table's words. */
  readonly verifiedStatuses: ReadonlyMap<string, string>;
  readonly connectionState: ConnectionState;
  /** Pairs a session, or a new one. Resolves at the end: connected, refused, or cancelled (`value` is null). */
  readonly connect: (sessionId?: string, newSession?: NewSessionOptions) => Promise<Paired>;
  readonly isConnecting: boolean;
  /** Asks for a code to be typed into the phone of this number, while `connect` runs; it comes with `connectionState`. */
  readonly requestPairingCode: (phoneNumber: string) => Promise<ActionResult<null>>;
  readonly cancelConnection: () => void;
  readonly disconnect: (sessionId: string, reason?: string) => Promise<ActionResult<SessionOrder>>;
  readonly isDisconnecting: boolean;
  readonly deleteSession: (sessionId: string) => Promise<ActionResult<null>>;
  readonly isDeletingSession: boolean;
  readonly refreshSession: (sessionId: string) => Promise<ActionResult<VerifyAnswer>>;
  readonly pauseSession: (sessionId: string, reason?: string) => Promise<ActionResult<SessionQueue>>;
  readonly resumeSession: (sessionId: string, reason?: string) => Promise<ActionResult<SessionQueue>>;
}

/**
 * An organisation's sessions, as their gateways confirm them, and what can be done to them. One verification is asked for
 * when they are first read: once per page load, however often this is mounted.
 */
export function useWhatsAppSession(): WhatsAppSession {
  const live = useLiveData();
  const { sessions, isLoading, error } = useSessionsRead();
  const verification = useSyncExternalStore(
    live.verification.state.subscribe,
    live.verification.state.get,
    live.verification.state.get,
  );
  const connectionState = useSyncExternalStore(
    live.pairing.state.subscribe,
    live.pairing.state.get,
    live.pairing.state.get,
  );
  useEffect(() => live.pairing.hold(), [live]);
  const connect = useCallback(
    (sessionId?: string, newSession?: NewSessionOptions) => live.pairing.connect(sessionId, newSession),
    [live],
  );
  const requestPairingCode = useCallback((phoneNumber: string) => live.pairing.requestPairingCode(phoneNumber), [live]);
  const cancelConnection = useCallback(() => {
    live.pairing.cancel();
  }, [live]);
  const [disconnect, isDisconnecting] = useAction(disconnectSession);
  const [deleteSession, isDeletingSession] = useAction(deleteOne);
  const [refreshSession] = useAction(verifySession);
  const [pauseSession] = useAction(pause);
  const [resumeSession] = useAction(resume);
  return {
    sessions: sessions ?? NONE,
    sessionsLoading: isLoading,
    sessionsError: error,
    verifyingSessionIds: verification.verifying,
    verifiedStatuses: verification.verified,
    connectionState,
    connect,
    isConnecting: connectionState.isConnecting,
    requestPairingCode,
    cancelConnection,
    disconnect,
    isDisconnecting,
    deleteSession,
    isDeletingSession,
    refreshSession,
    pauseSession,
    resumeSession,
  };
}

const NONE: readonly SessionRow[] = [];

async function disconnectSession({ client }: LiveData, sessionId: string, reason?: string): Promise<SessionOrder> {
  const request = { params: { path: { session_id: sessionId } }, body: reasonBody(reason) };
  return given((await client.http.POST('/v1/sessions/{session_id}/disconnect', request)).data);
}

async function deleteOne({ client, sessions }: LiveData, sessionId: string): Promise<null> {
  await client.http.DELETE('/v1/sessions/{session_id}', { params: { path: { session_id: sessionId } } });
  sessions.remove(sessionId);
  return null;
}

async function verifySession(live: LiveData, sessionId: string): Promise<VerifyAnswer> {
  return live.verify(sessionId);
}

async function pause(live: LiveData, sessionId: string, reason?: string): Promise<SessionQueue> {
  const request = { params: { path: { session_id: sessionId } }, body: reasonBody(reason) };
  const { data } = await live.client.http.POST('/v1/sessions/{session_id}/pause', request);
  return keepQueue(live, given(data));
}

async function resume(live: LiveData, sessionId: string, reason?: string): Promise<SessionQueue> {
  const request = { params: { path: { session_id: sessionId } }, body: reasonBody(reason) };
  const { data } = await live.client.http.POST('/v1/sessions/{session_id}/resume', request);
  return keepQueue(live, given(data));
}

function keepQueue(live: LiveData, queue: SessionQueue): SessionQueue {
  live.queries.setQueryData(live.keys.queue(queue.session_id), queue);
  return queue;
}

function reasonBody(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
