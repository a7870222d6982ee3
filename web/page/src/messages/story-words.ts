import type { ConfirmedBy } from '@truesend/react';

import type { en } from '../i18n/en';

const KINDS = [
  'message_created',
  'message_released',
  'message_accepted',
  'message_sent',
  'message_delivered',
  'message_read',
  'message_failed',
  'message_retry_scheduled',
  'message_held',
  'message_unconfirmed',
  'message_retried',
  'message_cancelled',
  'message_check_requested',
  'attempt_claimed',
  'attempt_started',
  'attempt_answered',
  'gateway_sent',
  'gateway_failed',
  'gateway_rejected',
  'gateway_delivered',
  'gateway_found',
  'gateway_read',
] as const satisfies readonly (keyof (typeof en)['story'])[];

type StoryKey = (typeof KINDS)[number] | 'other';

/** The text's key for a kind of event; a kind that came later is told as a change. */
export function storyKey(type: string): StoryKey {
  const key = type.replace('.', '_');
  return KINDS.find((kind) => kind === key) ?? 'other';
}

const CONFIRMATIONS: readonly string[] = ['http', 'callback', 'lookup', 'receipt', 'operator'] satisfies ConfirmedBy[];

/** Whether it is a way of confirming that has words of its own. */
export const isConfirmation = (word: string): word is ConfirmedBy => CONFIRMATIONS.includes(word);
