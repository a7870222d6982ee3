import { useOverview, useWhatsAppSession } from '@truesend/react';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { ReconnectDialog } from '../reconnect/ReconnectDialog';
import { useReconnecting } from '../reconnect/use-reconnecting';
import { Nothing } from '../told/Nothing';
import { Trouble } from '../told/Trouble';
import { AddSession } from './AddSession';
import { OperationsForRows, useStableOperations } from './operations';
import { EVERYTHING, selectSessions } from './select-sessions';
import { SessionRows } from './SessionRows';
import { SessionSearch } from './SessionSearch';
import { SessionsSkeleton } from './SessionsSkeleton';
import classes from './SessionsPage.module.css';
import { deadEnds } from './waiting';
import { WaitingBanner } from './WaitingBanner';

/** Every session of the organisation: what it is, what is wrong, what to do. */
export function SessionsPage() {
  const t = useTranslations('sessions');
  const whatsApp = useWhatsAppSession();
  const { sessions, sessionsLoading, sessionsError, verifyingSessionIds } = whatsApp;
  const operations = useStableOperations(whatsApp);
  const { overview } = useOverview();
  const reconnecting = useReconnecting(overview?.queues);
  const [search, setSearch] = useState(EVERYTHING);
  const wanted = useDeferredValue(search);

  const found = useMemo(() => selectSessions(sessions, wanted), [sessions, wanted]);
  const paired = useMemo(() => found.filter(({ badge }) => badge !== 'never_paired'), [found]);
  const neverPaired = useMemo(() => found.filter(({ badge }) => badge === 'never_paired'), [found]);
  const stuck = useMemo(() => deadEnds(sessions, overview?.queues ?? []), [sessions, overview?.queues]);
  const common = { verifyingSessionIds, overview, reconnecting };

  return (
    <div className={classes['page']}>
      <div className={classes['head']}>
        <h1>{t('title')}</h1>
        <AddSession onAdd={reconnecting.startNew} />
      </div>
      {stuck.length > 0 && <WaitingBanner stuck={stuck} onReconnect={reconnecting.start} />}
      {sessions.length > 1 && <SessionSearch sessions={sessions} search={search} onSearch={setSearch} />}
      {sessionsLoading && <SessionsSkeleton />}
      {sessionsError && sessions.length === 0 && <Trouble error={sessionsError} />}
      {!sessionsLoading && !sessionsError && sessions.length === 0 && (
        <Nothing title={t('none')}>{t('noneAdvice')}</Nothing>
      )}
      {sessions.length > 0 && found.length === 0 && <Nothing title={t('noneFound')}>{t('noneFoundAdvice')}</Nothing>}
      <OperationsForRows value={operations}>
        {paired.length > 0 && <SessionRows label={t('title')} sessions={paired} {...common} />}
        {neverPaired.length > 0 && (
          <section className={classes['apart']} aria-labelledby="never-paired">
            <h2 id="never-paired">{t('neverPaired')}</h2>
            <p className="quiet">{t('neverPairedSays')}</p>
            <SessionRows label={t('neverPaired')} sessions={neverPaired} {...common} />
          </section>
        )}
      </OperationsForRows>
      <ReconnectDialog reconnecting={reconnecting} />
    </div>
  );
}
