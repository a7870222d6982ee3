import { SegmentedControl } from '@mantine/core';
import { useOverview, useWhatsAppSession } from '@truesend/react';
import { useMemo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import { Trouble } from '../told/Trouble';
import { When } from '../told/When';
import { Alerts } from './Alerts';
import { ConfirmTimes } from './ConfirmTimes';
import { MessageCounts } from './MessageCounts';
import { Outcomes } from './Outcomes';
import { OverviewSkeleton } from './OverviewSkeleton';
import classes from './OverviewPage.module.css';
import { Queues } from './Queues';
import { SessionCounts } from './SessionCounts';
import { Webhooks } from './Webhooks';

const DAY = 24;
const WEEK = 168;

/** How it goes as a whole: what became of messages, how soon that was known, what waits, what is wrong. */
export function OverviewPage() {
  const t = useTranslations('overview');
  const [hours, setHours] = useState(DAY);
  const { overview, error, isLoading, refetch } = useOverview(hours);
  const { sessions } = useWhatsAppSession();
  const sessionNames = useMemo(() => new Map(sessions.map((session) => [session.id, nameOf(session)])), [sessions]);
  return (
    <div className={classes['page']}>
      <div className={classes['head']}>
        <h1>{t('title')}</h1>
        <div className={classes['when']}>
          {overview && (
            <span className="quiet">
              {t('asOf')} <When at={overview.as_of} />
            </span>
          )}
          <SegmentedControl
            size="xs"
            aria-label={t('window')}
            value={String(hours)}
            onChange={(value) => {
              setHours(Number(value));
            }}
            data={[
              { value: String(DAY), label: t('hours', { hours: DAY }) },
              { value: String(WEEK), label: t('days', { days: WEEK / DAY }) },
            ]}
          />
        </div>
      </div>
      {isLoading && <OverviewSkeleton />}
      {error && !overview && <Trouble error={error} onRetry={refetch} />}
      {overview && (
        <>
          <div className={classes['pair']}>
            <SessionCounts counts={overview.sessions} />
            <MessageCounts counts={overview.messages} />
          </div>
          <Outcomes hours={hours} outcomes={overview.outcomes} />
          <ConfirmTimes hours={hours} times={overview.time_to_confirm} />
          <div className={classes['pair']}>
            <Queues queues={overview.queues} sessionNames={sessionNames} />
            <Alerts alerts={overview.alerts} sessionNames={sessionNames} />
          </div>
          <Webhooks webhooks={overview.webhooks} />
        </>
      )}
    </div>
  );
}
