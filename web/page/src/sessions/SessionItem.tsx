import { lastKnownBadge, SessionBadge, type SessionRow, type UptimeSegment, UptimeStrip } from '@truesend/react';
import { memo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Foreign } from '../told/Foreign';
import { Outcome, type OutcomeOfAction } from '../told/Outcome';
import { Ago } from '../told/When';
import { Leaving } from './Leaving';
import { nameOf, numberOf } from './session-name';
import { SessionActions } from './SessionActions';
import { SessionDetails } from './SessionDetails';
import classes from './SessionItem.module.css';
import type { Queue } from './waiting';

interface SessionItemProps {
  readonly session: SessionRow;
  readonly isVerifying: boolean;
  readonly segments: readonly UptimeSegment[] | undefined;
  readonly queue: Queue | undefined;
  /** How many messages were held when it was reconnected, while they leave. */
  readonly heldBefore: number | null;
  readonly onReconnect: (session: SessionRow) => void;
}

/** One session: what it is called, what it is, what its gateway says, and what can be done. */
export const SessionItem = memo(function SessionItem(props: SessionItemProps) {
  const { session, isVerifying, segments, queue, heldBefore, onReconnect } = props;
  const t = useTranslations('sessions');
  const badges = useTranslations('badge');
  const [outcome, setOutcome] = useState<OutcomeOfAction | null>(null);
  const [showsDetails, setShowsDetails] = useState(false);
  const verifiedAt = session.last_verified_at;
  const hasName = Boolean(session.display_name?.trim());
  const isNew = session.badge === 'never_paired';
  const known = lastKnownBadge(session);
  return (
    <article className={classes['item']} aria-label={nameOf(session) ?? t('unnamed')}>
      <div className={classes['who']}>
        <h2 className={classes['name']}>
          <bdi>{hasName ? session.display_name : t('unnamed')}</bdi>
        </h2>
        <span className="quiet">
          <bdi>{session.phone_number ? numberOf(session.phone_number) : t('noNumber')}</bdi>
        </span>
      </div>
      <div className={classes['state']}>
        <SessionBadge session={session} verifying={isVerifying} />
        {known && <span className={classes['verified']}>{t('lastKnown', { badge: badges(known) })}</span>}
        {!isNew && (
          <span className={classes['verified']}>
            {verifiedAt ? <Ago at={verifiedAt}>{(ago) => t('verified', { ago })}</Ago> : t('neverVerified')}
          </span>
        )}
      </div>
      {!isNew && segments && (
        <div className={classes['uptime']}>
          <UptimeStrip segments={segments} />
        </div>
      )}
      <SessionActions
        session={session}
        showsDetails={showsDetails}
        onShowDetails={setShowsDetails}
        onReconnect={onReconnect}
        onOutcome={setOutcome}
      />
      <div className={classes['below']}>
        {session.last_error && (
          <p className={classes['error']} data-badge={session.badge}>
            <Foreign text={session.last_error} />
          </p>
        )}
        {heldBefore !== null && <Leaving from={heldBefore} now={queue?.waiting ?? 0} />}
        <Outcome of={outcome} />
        {showsDetails && <SessionDetails session={session} onReconnect={onReconnect} onOutcome={setOutcome} />}
      </div>
    </article>
  );
});
