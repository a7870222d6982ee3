import { Button } from '@mantine/core';
import type { SessionRow } from '@truesend/react';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';

import type { OutcomeOfAction } from '../told/Outcome';
import { DeleteButton } from './DeleteButton';
import { DisconnectButton } from './DisconnectButton';
import { LastRoundTrip } from './LastRoundTrip';
import { SessionHistory } from './SessionHistory';
import { SessionQueue } from './SessionQueue';
import classes from './SessionDetails.module.css';

interface SessionDetailsProps {
  readonly session: SessionRow;
  readonly onReconnect: (session: SessionRow) => void;
  readonly onOutcome: (outcome: OutcomeOfAction | null) => void;
}

/** What one seldom needs: its queue, its history, and what is done once. */
export function SessionDetails({ session, onReconnect, onOutcome }: SessionDetailsProps) {
  const t = useTranslations('sessions');
  const isNew = session.badge === 'never_paired';
  const isUp = session.badge === 'connected';
  return (
    <div className={classes['details']}>
      <div className={classes['side']}>
        {!isNew && <SessionQueue sessionId={session.id} onOutcome={onOutcome} />}
        <p className="quiet">
          {t('gateway')}: <bdi>{session.gateway}</bdi>
        </p>
        <LastRoundTrip sessionId={session.id} />
        <p>
          <Link href={`/messages?session_id=${session.id}`}>{t('messages')}</Link>
        </p>
        <div className={classes['seldom']}>
          {isUp && (
            <Button
              variant="default"
              size="xs"
              onClick={() => {
                onReconnect(session);
              }}
            >
              {t('reconnect')}
            </Button>
          )}
          {!isUp && session.status === 'connected' && <DisconnectButton session={session} onOutcome={onOutcome} />}
          {isNew && <DeleteButton session={session} onOutcome={onOutcome} />}
        </div>
      </div>
      <SessionHistory sessionId={session.id} />
    </div>
  );
}
