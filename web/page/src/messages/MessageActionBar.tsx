import { Button, Select } from '@mantine/core';
import { mayDo, type MessageAction, type MessageDetail, type SessionRow } from '@truesend/react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import { Outcome, type OutcomeOfAction } from '../told/Outcome';
import { Warning } from '../told/Warning';
import { ACTION_WORDS } from './MessageActionButton';
import classes from './MessageActionBar.module.css';
import { useMessageAction } from './use-message-action';

interface MessageActionBarProps {
  readonly message: MessageDetail;
  readonly sessions: readonly SessionRow[];
}

const OTHERS: readonly MessageAction[] = ['check', 'mark_delivered', 'cancel'];
const SHOWN_AT_ONCE = 50;

/** All four actions, open as the API allows them; a retry may go through another session, and warns where it may arrive twice. */
export function MessageActionBar({ message, sessions }: MessageActionBarProps) {
  const t = useTranslations('actions');
  const named = useTranslations('sessions');
  const { act, isBusy } = useMessageAction(message);
  const [through, setThrough] = useState<string | null>(null);
  const [isWarned, setIsWarned] = useState(false);
  const [outcome, setOutcome] = useState<OutcomeOfAction | null>(null);
  const mayRetry = mayDo('retry', message);

  async function take(action: MessageAction, force = false) {
    setIsWarned(false);
    setOutcome(null);
    setOutcome(await act(action, { ...(through ? { sessionId: through } : {}), ...(force ? { force } : {}) }));
  }

  return (
    <section className={classes['bar']} aria-label={t('actions')}>
      <div className={classes['buttons']}>
        <Button
          size="sm"
          variant={mayRetry === 'yes' ? 'filled' : 'default'}
          disabled={mayRetry === 'no'}
          loading={isBusy}
          onClick={() => {
            if (mayRetry === 'with_force') setIsWarned(true);
            else void take('retry');
          }}
        >
          {t('retry')}
        </Button>
        {OTHERS.map((action) => (
          <Button
            key={action}
            size="sm"
            variant="default"
            disabled={isBusy || mayDo(action, message) === 'no'}
            onClick={() => void take(action)}
          >
            {t(ACTION_WORDS[action])}
          </Button>
        ))}
      </div>
      {isWarned && (
        <Warning title={t('forceTitle')}>
          <p>{t('forceSays')}</p>
          <div className={classes['buttons']}>
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                setIsWarned(false);
              }}
            >
              {t('dont')}
            </Button>
            <Button size="xs" onClick={() => void take('retry', true)}>
              {t('force')}
            </Button>
          </div>
        </Warning>
      )}
      {mayRetry !== 'no' && sessions.length > 1 && (
        <Select
          size="sm"
          label={t('retryThrough')}
          placeholder={t('sameSession')}
          data={sessions
            .filter(({ id, badge }) => id !== message.session_id && badge !== 'never_paired')
            .map((session) => ({ value: session.id, label: nameOf(session) ?? named('unnamed') }))}
          value={through}
          onChange={setThrough}
          limit={SHOWN_AT_ONCE}
          clearable
          searchable
        />
      )}
      <Outcome of={outcome} />
    </section>
  );
}
