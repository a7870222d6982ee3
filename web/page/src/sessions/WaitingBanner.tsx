import { Button } from '@mantine/core';
import type { SessionRow } from '@truesend/react';
import { useTranslations } from 'use-intl';

import { When } from '../told/When';
import { nameOf } from './session-name';
import type { DeadEnd } from './waiting';
import classes from './WaitingBanner.module.css';

interface WaitingBannerProps {
  /** At least one. */
  readonly stuck: readonly DeadEnd[];
  readonly onReconnect: (session: SessionRow) => void;
}

/** Messages wait for a session that cannot send: how many, since when, and the one thing to do about it. */
export function WaitingBanner({ stuck, onReconnect }: WaitingBannerProps) {
  const t = useTranslations('sessions');
  const [worst, ...others] = stuck;
  if (!worst) return null;
  const { session, queue } = worst;
  const more = others.reduce((sum, other) => sum + other.queue.waiting, 0);
  return (
    <section className={classes['banner']} aria-label={t('waiting')}>
      <div className={classes['words']}>
        <p className={classes['first']}>
          <bdi>{t('waitingTitle', { count: queue.waiting, name: nameOf(session) ?? t('unnamed') })}</bdi>{' '}
          <When at={queue.oldest_due_at} />.
        </p>
        {more > 0 && <p>{t('waitingMore', { count: more, sessions: others.length })}</p>}
      </div>
      <Button
        size="sm"
        onClick={() => {
          onReconnect(session);
        }}
      >
        {t('reconnect')}
      </Button>
    </section>
  );
}
