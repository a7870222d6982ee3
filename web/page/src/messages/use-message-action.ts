import type { MessageAction, MessageRow, RetryOptions } from '@truesend/react';
import { useMessageActions } from '@truesend/react';
import { useTranslations } from 'use-intl';

import type { OutcomeOfAction } from '../told/Outcome';

const DONE = {
  retry: 'retried',
  cancel: 'cancelled',
  check: 'checking',
  mark_delivered: 'markedDelivered',
} as const satisfies Record<MessageAction, string>;

/** Takes an action on a message, and says in words what it came to. */
export function useMessageAction(message: MessageRow): {
  readonly act: (action: MessageAction, options?: RetryOptions) => Promise<OutcomeOfAction>;
  readonly isBusy: boolean;
} {
  const t = useTranslations('actions');
  const { retry, cancel, check, markDelivered, busyMessageIds } = useMessageActions();

  async function act(action: MessageAction, options?: RetryOptions): Promise<OutcomeOfAction> {
    const take = {
      retry: () => retry(message.id, options),
      cancel: () => cancel(message.id),
      check: () => check(message.id),
      mark_delivered: () => markDelivered(message.id),
    }[action];
    const result = await take();
    return result.ok ? { kind: 'done', says: t(DONE[action]) } : { kind: 'refused', by: result.error };
  }

  return { act, isBusy: busyMessageIds.has(message.id) };
}
