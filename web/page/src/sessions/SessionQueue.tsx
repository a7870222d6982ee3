import { Button, Skeleton } from '@mantine/core';
import { type SessionQueue as Queue, useSession } from '@truesend/react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { useMoments } from '../told/moments';
import type { OutcomeOfAction } from '../told/Outcome';
import { useOperations } from './operations';
import classes from './SessionQueue.module.css';

interface SessionQueueProps {
  readonly sessionId: string;
  readonly onOutcome: (outcome: OutcomeOfAction | null) => void;
}

/** Whether the session's messages may leave, and the switch to hold them. */
export function SessionQueue({ sessionId, onOutcome }: SessionQueueProps) {
  const t = useTranslations('sessions');
  const { queue } = useSession(sessionId);
  const { pauseSession, resumeSession } = useOperations();
  const [isBusy, setIsBusy] = useState(false);
  const says = useWords();
  if (!queue) return <Skeleton height={60} />;

  async function toggle(isPaused: boolean) {
    setIsBusy(true);
    const result = await (isPaused ? resumeSession(sessionId) : pauseSession(sessionId));
    setIsBusy(false);
    onOutcome(
      result.ok ? { kind: 'done', says: t(isPaused ? 'resumed' : 'paused') } : { kind: 'refused', by: result.error },
    );
  }

  return (
    <section className={classes['queue']} aria-label={t('queue')}>
      <h3>{t('queue')}</h3>
      <p className="quiet">{says(queue)}</p>
      <Button variant="default" size="xs" loading={isBusy} onClick={() => void toggle(queue.paused)}>
        {queue.paused ? t('resume') : t('pause')}
      </Button>
    </section>
  );
}

function useWords(): (queue: Queue) => string {
  const t = useTranslations('sessions');
  const why = useTranslations('why');
  const { short } = useMoments();
  return (queue) => {
    if (queue.paused) return queue.paused_by ? t('queuePausedBy', { who: queue.paused_by }) : t('queuePaused');
    if (!queue.held_reason) return t('queueOpen');
    if (!queue.held_until) return t('queueHeld', { why: why(queue.held_reason) });
    return t('queueHeldUntil', { why: why(queue.held_reason), time: short(new Date(queue.held_until)) });
  };
}
