import type { ReactNode } from 'react';
import type { UptimeSegment } from '../api/types';
import { useLabels, useLocale } from '../labels/context';
import type { LabelOverrides } from '../labels/labels';
import { secondsOf, summarizeUptime } from '../sessions/uptime';
import { classNames } from './class-names';

export interface UptimeStripProps {
  readonly segments: readonly UptimeSegment[];
  readonly labels?: LabelOverrides;
  readonly className?: string;
}

/** When a session was connected, down, and when nobody could tell. One image, with what it shows as its text. */
export function UptimeStrip({ segments, labels, className }: UptimeStripProps): ReactNode {
  const texts = useLabels(labels);
  const locale = useLocale();
  const time = (at: string) => new Date(at).toLocaleString(locale, { dateStyle: 'short', timeStyle: 'short' });
  return (
    <div role="img" aria-label={texts.uptime(summarizeUptime(segments))} className={classNames('ts-uptime', className)}>
      {segments.map((segment) => (
        <span
          key={segment.from}
          className={`ts-uptime__part ts-uptime__part--${segment.state}`}
          // by CSSOM, which a strict Content-Security-Policy lets through
          style={{ flexGrow: secondsOf(segment) }}
          title={`${texts.uptimeState[segment.state]}: ${time(segment.from)} – ${time(segment.to)}`}
        />
      ))}
    </div>
  );
}
