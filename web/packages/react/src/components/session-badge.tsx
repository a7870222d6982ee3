import type { ReactNode } from 'react';
import { useLabels } from '../labels/context';
import type { BadgeLook, LabelOverrides } from '../labels/labels';
import { badgeOf, type BadgeColumns } from '../sessions/badge';
import { classNames } from './class-names';

export interface SessionBadgeProps {
  readonly session: BadgeColumns;
  /** Its gateway is being asked now. */
  readonly verifying?: boolean;
  /** A screen reader says each change by itself. For a few badges: a thousand would drown everything else. */
  readonly live?: boolean;
  readonly labels?: LabelOverrides;
  readonly className?: string;
}

type Tone = 'good' | 'bad' | 'wait' | 'doubt' | 'calm';

const TONES: Readonly<Record<BadgeLook, Tone>> = {
  verifying: 'wait',
  connected: 'good',
  silent: 'bad',
  disconnected: 'bad',
  connecting: 'wait',
  scan_qr: 'wait',
  cannot_verify: 'doubt',
  never_paired: 'calm',
};

/**
 * What a session is, in a word: text, a mark of its own shape, and a colour.
 */
export function SessionBadge({
  session,
  verifying = false,
  live = false,
  labels,
  className,
}: SessionBadgeProps): ReactNode {
  const texts = useLabels(labels);
  const look: BadgeLook = verifying ? 'verifying' : badgeOf(session);
  return (
    <span
      role={live ? 'status' : undefined}
      className={classNames('ts-badge', `ts-badge--${TONES[look]}`, className)}
      data-look={look}
    >
      <Mark look={look} />
      <span>{texts.badge[look]}</span>
    </span>
  );
}

function Mark({ look }: { readonly look: BadgeLook }): ReactNode {
  if (look === 'verifying' || look === 'connecting') return <span className="ts-spinner" aria-hidden="true" />;
  return (
    <svg className="ts-mark" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true" focusable="false">
      <path
        d={SHAPES[look]}
        fill="none"
        stroke="currentColor"
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

const SHAPES: Readonly<Record<Exclude<BadgeLook, 'verifying' | 'connecting'>, string>> = {
  connected: 'M3 8.5 6.5 12 13 4.5',
  silent: 'M8 2 15 14 1 14Z M8 7v3 M8 12.2v.1',
  disconnected: 'M4 4l8 8 M12 4l-8 8',
  scan_qr: 'M2 2h4v4H2z M10 2h4v4h-4z M2 10h4v4H2z M11 11h2v2',
  cannot_verify: 'M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.5 M8 13v.1',
  never_paired: 'M3 8h10',
};
