import type { ReactNode } from 'react';
import type { MessageRow } from '../api/types';
import { useNow } from '../hooks/use-now';
import { useLabels, useLocale } from '../labels/context';
import type { LabelOverrides } from '../labels/labels';
import { messageState, type MessageState, type MessageStateKind } from '../messages/message-state';
import { classNames } from './class-names';

export interface MessageStateTextProps {
  readonly message: MessageRow;
  readonly labels?: LabelOverrides;
  readonly className?: string;
}

const MARKS: Readonly<Record<MessageStateKind, string>> = {
  scheduled: '◷',
  due: '◷',
  held: '‖',
  retrying: '↻',
  sending: '→',
  accepted: '→',
  unconfirmed: '?',
  sent: '✓',
  failed: '✕',
  cancelled: '–',
  unknown: '?',
};

/** Where a message stands, with the reason: the sentence for a person, and below it the gateway's own words. */
export function MessageStateText({ message, labels, className }: MessageStateTextProps): ReactNode {
  const texts = useLabels(labels);
  const locale = useLocale();
  const now = useNow();
  const state = messageState(message, now);
  const reason = reasonOf(state);
  return (
    <span className={classNames('ts-message', className)} data-kind={state.kind}>
      <span className="ts-message__mark" aria-hidden="true">
        {MARKS[state.kind]}
      </span>
      <span>{texts.message(state, (at) => shortTime(at, now, locale))}</span>
      {reason !== null && <bdi className="ts-message__reason">{reason}</bdi>}
    </span>
  );
}

function reasonOf(state: MessageState): string | null {
  if (state.kind === 'failed' || state.kind === 'unconfirmed') return state.words ?? state.sentence;
  return state.kind === 'cancelled' ? state.words : null;
}

function shortTime(at: Date, now: Date, locale: string | undefined): string {
  const isToday = at.toDateString() === now.toDateString();
  const time = { timeStyle: 'short', hourCycle: 'h23' } as const;
  return at.toLocaleString(locale, isToday ? time : { ...time, dateStyle: 'medium' });
}
