import { Button } from '@mantine/core';
import type { MessageAction, MessageRow } from '@truesend/react';
import { useTranslations } from 'use-intl';

import type { OutcomeOfAction } from '../told/Outcome';
import { useMessageAction } from './use-message-action';

interface MessageActionButtonProps {
  readonly action: MessageAction;
  readonly message: MessageRow;
  readonly onOutcome: (outcome: OutcomeOfAction) => void;
}

export const ACTION_WORDS = {
  retry: 'retry',
  cancel: 'cancel',
  check: 'check',
  mark_delivered: 'markDelivered',
} as const satisfies Record<MessageAction, string>;

/** One action on one message, from its row. */
export function MessageActionButton({ action, message, onOutcome }: MessageActionButtonProps) {
  const t = useTranslations('actions');
  const { act, isBusy } = useMessageAction(message);
  return (
    <Button variant="default" size="compact-xs" loading={isBusy} onClick={() => void act(action).then(onOutcome)}>
      {t(ACTION_WORDS[action])}
    </Button>
  );
}
