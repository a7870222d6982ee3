import { memo, type ReactNode } from 'react';
import type { SessionRow } from '../api/types';
import { useWhatsAppSession } from '../hooks/use-whatsapp-session';
import { useLabels } from '../labels/context';
import type { LabelOverrides } from '../labels/labels';
import { lastKnownBadge } from '../sessions/badge';
import { classNames } from './class-names';
import { SessionBadge } from './session-badge';
import { TimeAgo } from './time-ago';

export interface SessionListProps {
  /** Which, and in which order: made of the hook's `sessions`. All, if not given. */
  readonly sessions?: readonly SessionRow[];
  /** What an operator can do to a session: drawn at the end of its item. */
  readonly actions?: (session: SessionRow) => ReactNode;
  readonly labels?: LabelOverrides;
  readonly className?: string;
}

/** Beyond so many sessions a screen reader would say nothing but badges. */
const LIVE_BADGES = 20;

/** The organisation's sessions: name, number, badge, when verified, and the gateway's words where there are any. */
export function SessionList({ sessions: chosen, actions, labels, className }: SessionListProps): ReactNode {
  const { sessions, sessionsLoading, sessionsError, verifyingSessionIds } = useWhatsAppSession();
  const texts = useLabels(labels);
  const shown = chosen ?? sessions;
  if (sessionsError && sessions.length === 0) return <p role="alert">{sessionsError.detail}</p>;
  if (sessionsLoading) return <p aria-busy="true">{texts.loading}</p>;
  if (shown.length === 0) return <p>{texts.noSessions}</p>;
  return (
    <ul className={classNames('ts-sessions', className)} aria-label={texts.sessions}>
      {shown.map((session) => (
        <SessionItem
          key={session.id}
          session={session}
          verifying={verifyingSessionIds.has(session.id)}
          live={shown.length <= LIVE_BADGES}
          actions={actions}
          labels={labels}
        />
      ))}
    </ul>
  );
}

interface SessionItemProps {
  readonly session: SessionRow;
  readonly verifying: boolean;
  readonly live: boolean;
  readonly actions: SessionListProps['actions'];
  readonly labels: LabelOverrides | undefined;
}

const SessionItem = memo(function SessionItem({
  session,
  verifying,
  live,
  actions,
  labels,
}: SessionItemProps): ReactNode {
  const texts = useLabels(labels);
  return (
    <li className="ts-session" data-session-id={session.id}>
      <div className="ts-session__who">
        <bdi className="ts-session__name">{session.display_name ?? texts.unnamed}</bdi>
        <span className="ts-session__number">{session.phone_number ?? texts.noNumber}</span>
      </div>
      <div className="ts-session__state">
        <SessionBadge session={session} verifying={verifying} live={live} {...(labels && { labels })} />
        <LastKnown session={session} labels={labels} />
        <Verified session={session} labels={labels} />
      </div>
      {session.last_error !== null && <Words text={session.last_error} />}
      {actions && <div className="ts-session__actions">{actions(session)}</div>}
    </li>
  );
});

/** A session that cannot be verified is still what it was, as far as anybody knows. */
function LastKnown({ session, labels }: Pick<SessionItemProps, 'session' | 'labels'>): ReactNode {
  const texts = useLabels(labels);
  const known = lastKnownBadge(session);
  return known && <span className="ts-quiet">{texts.lastKnown(texts.badge[known])}</span>;
}

function Verified({ session, labels }: Pick<SessionItemProps, 'session' | 'labels'>): ReactNode {
  const texts = useLabels(labels);
  if (!session.last_verified_at) return <span className="ts-quiet">{texts.neverVerified}</span>;
  // the sentence is the language's own: the time stands where its words put it
  const [before = '', after = ''] = texts.verified('\uE000').split('\uE000');
  return (
    <span className="ts-quiet">
      {before}
      <TimeAgo at={session.last_verified_at} {...(labels && { labels })} />
      {after}
    </span>
  );
}

/** A gateway's own words: text, never markup, and in a direction of its own. */
function Words({ text }: { readonly text: string }): ReactNode {
  return (
    <p className="ts-words">
      <bdi>{text}</bdi>
    </p>
  );
}
