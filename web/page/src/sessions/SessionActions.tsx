import { Button } from '@mantine/core';
import type { SessionRow } from '@truesend/react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import type { OutcomeOfAction } from '../told/Outcome';
import { DisconnectButton } from './DisconnectButton';
import { useOperations } from './operations';
import classes from './SessionActions.module.css';

interface SessionActionsProps {
  readonly session: SessionRow;
  readonly showsDetails: boolean;
  readonly onShowDetails: (shows: boolean) => void;
  readonly onReconnect: (session: SessionRow) => void;
  readonly onOutcome: (outcome: OutcomeOfAction | null) => void;
}

/** What one does most with a session in this state; the rest is in its details. */
export function SessionActions(props: SessionActionsProps) {
  const { session, showsDetails, onShowDetails, onReconnect, onOutcome } = props;
  const t = useTranslations('sessions');
  const { refreshSession } = useOperations();
  const [isAsking, setIsAsking] = useState(false);

  async function recheck() {
    onOutcome(null);
    setIsAsking(true);
    const result = await refreshSession(session.id);
    setIsAsking(false);
    if (!result.ok) onOutcome({ kind: 'refused', by: result.error });
  }

  const isNew = session.badge === 'never_paired';
  const isUp = session.badge === 'connected';
  return (
    <div className={classes['actions']}>
      {!isNew && (
        <Button variant="default" size="xs" loading={isAsking} onClick={() => void recheck()}>
          {t('recheck')}
        </Button>
      )}
      {isUp ? (
        <DisconnectButton session={session} onOutcome={onOutcome} />
      ) : (
        <Button
          variant={WANTS_RECONNECT.has(session.badge) ? 'filled' : 'default'}
          size="xs"
          onClick={() => {
            onReconnect(session);
          }}
        >
          {isNew ? t('pair') : t('reconnect')}
        </Button>
      )}
      <Button
        variant="subtle"
        color="gray"
        size="xs"
        className={classes['details']}
        aria-expanded={showsDetails}
        onClick={() => {
          onShowDetails(!showsDetails);
        }}
      >
        {t('details')}
      </Button>
    </div>
  );
}

const WANTS_RECONNECT: ReadonlySet<SessionRow['badge']> = new Set([
  'disconnected',
  'silent',
  'scan_qr',
  'never_paired',
]);
