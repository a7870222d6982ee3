import { mayDo, type MessageAction, type MessageRow } from '@truesend/react';

/** What one does most with a message in this state, without a second thought; the rest is in its drawer. */
export function firstAction(message: MessageRow): MessageAction | null {
  return QUICK.find((action) => mayDo(action, message) === 'yes' && isQuick(action, message)) ?? null;
}

const QUICK: readonly MessageAction[] = ['check', 'retry', 'cancel'];

const isQuick = (action: MessageAction, message: MessageRow): boolean =>
  action !== 'retry' || message.status === 'failed';
