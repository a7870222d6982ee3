import type { ReactNode } from 'react';
import { useNow } from '../hooks/use-now';
import { useLabels, useLocale } from '../labels/context';
import type { LabelOverrides } from '../labels/labels';

export interface TimeAgoProps {
  readonly at: string | Date;
  readonly labels?: LabelOverrides;
  readonly className?: string;
}

/** How long ago something was, in the viewer's words; the exact time in the viewer's zone when it is pointed at. */
export function TimeAgo({ at, labels, className }: TimeAgoProps): ReactNode {
  const texts = useLabels(labels);
  const locale = useLocale();
  const date = typeof at === 'string' ? new Date(at) : at;
  const now = useNow();
  const seconds = (now.getTime() - date.getTime()) / 1000;
  return (
    <time dateTime={date.toISOString()} title={exactTime(date, locale)} className={className}>
      {texts.ago(Math.round(seconds))}
    </time>
  );
}

function exactTime(date: Date, locale: string | undefined): string {
  return date.toLocaleString(locale, { dateStyle: 'full', timeStyle: 'long' });
}
