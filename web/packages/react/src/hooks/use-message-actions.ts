import { useCallback, useState } from 'react';
import type { MessageRow } from '../api/types';
import { ProblemError } from '../client/problem';
import type { ActionResult } from '../client/result';
import type { LiveData } from '../live/live-data';
import { given } from '../live/reads';
import { useAction } from './use-action';

export interface RetryOptions {
  /** Through another session. */
  readonly sessionId?: string;
  /** Also where it may arrive twice. */
  readonly force?: boolean;
  readonly reason?: string;
}

type Act<Rest extends readonly unknown[]> = (messageId: string, ...rest: Rest) => Promise<ActionResult<MessageRow>>;

export interface MessageActions {
  readonly retry: Act<[options?: RetryOptions]>;
  readonly cancel: Act<[reason?: string]>;
  readonly check: Act<[reason?: string]>;
  readonly markDelivered: Act<[reason?: string]>;
  readonly isRetrying: boolean;
  readonly isCancelling: boolean;
  readonly isChecking: boolean;
  readonly isMarkingDelivered: boolean;
  /** Messages that an action of this component is under way for. */
  readonly busyMessageIds: ReadonlySet<string>;
}

/** What an operator may do to messages. The rows in every list change with the answer. */
export function useMessageActions(): MessageActions {
  const [busyMessageIds, setBusy] = useState<ReadonlySet<string>>(() => new Set());
  const [retryOne, isRetrying] = useAction(retryMessage);
  const [cancelOne, isCancelling] = useAction(cancelMessage);
  const [checkOne, isChecking] = useAction(checkMessage);
  const [markOne, isMarkingDelivered] = useAction(markMessageDelivered);
  const noted = useCallback(async <Value>(messageId: string, act: () => Promise<Value>): Promise<Value> => {
    setBusy((ids) => new Set(ids).add(messageId));
    try {
      return await act();
    } finally {
      setBusy((ids) => new Set([...ids].filter((id) => id !== messageId)));
    }
  }, []);
  return {
    retry: useCallback(
      (id: string, options?: RetryOptions) => noted(id, () => retryOne(id, options)),
      [noted, retryOne],
    ),
    cancel: useCallback((id: string, reason?: string) => noted(id, () => cancelOne(id, reason)), [noted, cancelOne]),
    check: useCallback((id: string, reason?: string) => noted(id, () => checkOne(id, reason)), [noted, checkOne]),
    markDelivered: useCallback((id: string, reason?: string) => noted(id, () => markOne(id, reason)), [noted, markOne]),
    isRetrying,
    isCancelling,
    isChecking,
    isMarkingDelivered,
    busyMessageIds,
  };
}

async function retryMessage(live: LiveData, messageId: string, options: RetryOptions = {}): Promise<MessageRow> {
  const { sessionId, force = false, reason } = options;
  const body = {
    force,
    ...(sessionId !== undefined && { session_id: sessionId }),
    ...(reason !== undefined && { reason }),
  };
  return kept(live, messageId, async ({ http }) =>
    given((await http.POST('/v1/messages/{message_id}/retry', { params: pathOf(messageId), body })).data),
  );
}

async function cancelMessage(live: LiveData, messageId: string, reason?: string): Promise<MessageRow> {
  return kept(live, messageId, async ({ http }) =>
    given((await http.POST('/v1/messages/{message_id}/cancel', { params: pathOf(messageId), body: why(reason) })).data),
  );
}

async function checkMessage(live: LiveData, messageId: string, reason?: string): Promise<MessageRow> {
  return kept(live, messageId, async ({ http }) =>
    given((await http.POST('/v1/messages/{message_id}/check', { params: pathOf(messageId), body: why(reason) })).data),
  );
}

async function markMessageDelivered(live: LiveData, messageId: string, reason?: string): Promise<MessageRow> {
  const request = { params: pathOf(messageId), body: why(reason) };
  return kept(live, messageId, async ({ http }) =>
    given((await http.POST('/v1/messages/{message_id}/mark-delivered', request)).data),
  );
}

/** The answer goes into every list. A refusal says that what is shown is out of date: it is read again. */
async function kept(
  live: LiveData,
  messageId: string,
  act: (client: LiveData['client']) => Promise<MessageRow>,
): Promise<MessageRow> {
  try {
    const row = await act(live.client);
    live.messages.put(row);
    return row;
  } catch (error) {
    if (error instanceof ProblemError && error.status === 409) live.messages.readAgain(messageId);
    throw error;
  }
}

function pathOf(messageId: string): { path: { message_id: string } } {
  return { path: { message_id: messageId } };
}

function why(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason };
}
