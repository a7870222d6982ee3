import { useMessages, useWhatsAppSession } from '@truesend/react';
import { useMemo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import { Nothing } from '../told/Nothing';
import { Trouble } from '../told/Trouble';
import { BulkRetry } from './BulkRetry';
import { FilterBar } from './FilterBar';
import { askedOf, hasFilters, NO_FILTERS } from './filters';
import { MessageDrawer } from './MessageDrawer';
import { MessagesSkeleton } from './MessagesSkeleton';
import { MessageTable } from './MessageTable';
import classes from './MessagesPage.module.css';
import { Newer } from './Newer';
import { useFilters } from './use-filters';

/** Every message that the filters let through, the newest first, and what became of it. */
export function MessagesPage() {
  const t = useTranslations('messages');
  const [filters, setFilters] = useFilters();
  // a span is counted from when it was chosen: the question stays the same while one reads
  const asked = useMemo(() => askedOf(filters, new Date()), [filters]);
  const list = useMessages(asked);
  const { sessions } = useWhatsAppSession();
  const [openId, setOpenId] = useState<string | null>(null);
  const sessionNames = useMemo(() => new Map(sessions.map((session) => [session.id, nameOf(session)])), [sessions]);
  const isEmpty = !list.isLoading && !list.error && list.messages.length === 0;

  return (
    <div className={classes['page']}>
      <h1>{t('title')}</h1>
      <FilterBar filters={filters} sessions={sessions} onFilter={setFilters} />
      <BulkRetry filters={filters} sessions={sessions} />
      <Newer count={list.newer} onShow={list.showNewer} />
      {list.isLoading && <MessagesSkeleton />}
      {list.error && list.messages.length === 0 && <Trouble error={list.error} onRetry={list.refetch} />}
      {isEmpty && !hasFilters(filters) && <Nothing title={t('none')}>{t('noneAdvice')}</Nothing>}
      {isEmpty && hasFilters(filters) && (
        <Nothing title={t('noneFound')}>
          <button
            type="button"
            className={classes['clear']}
            onClick={() => {
              setFilters(NO_FILTERS);
            }}
          >
            {t('clear')}
          </button>
        </Nothing>
      )}
      {list.messages.length > 0 && <MessageTable list={list} sessionNames={sessionNames} onOpen={setOpenId} />}
      <MessageDrawer
        messageId={openId}
        sessions={sessions}
        onClose={() => {
          setOpenId(null);
        }}
      />
    </div>
  );
}
