import { Button, Skeleton } from '@mantine/core';
import { type HistoryItem, useSessionHistory } from '@truesend/react';
import { useTranslations } from 'use-intl';

import { textOf } from '../told/history-fields';
import { Foreign } from '../told/Foreign';
import { Trouble } from '../told/Trouble';
import { When } from '../told/When';
import classes from './SessionHistory.module.css';

/** What has happened to a session, the newest first. */
export function SessionHistory({ sessionId }: { readonly sessionId: string }) {
  const t = useTranslations('sessions');
  const { items, isLoading, error, hasMore, loadMore, isLoadingMore } = useSessionHistory(sessionId);
  return (
    <section aria-label={t('history')}>
      <h3 className={classes['title']}>{t('history')}</h3>
      {isLoading && <Skeleton height={60} />}
      {error && <Trouble error={error} />}
      {!isLoading && !error && items.length === 0 && <p className="quiet">{t('noHistory')}</p>}
      <div className={classes['events']}>
        {items.map((item) => (
          <Event key={item.position ?? item.occurred_at} item={item} />
        ))}
      </div>
      {hasMore && (
        <Button variant="subtle" size="xs" loading={isLoadingMore} onClick={loadMore}>
          {t('more')}
        </Button>
      )}
    </section>
  );
}

function Event({ item }: { readonly item: HistoryItem }) {
  const t = useTranslations('sessions');
  const said = useTranslations('sessionEvent');
  const kind = item.type.replace(/^session\./, '');
  const actor = textOf(item, 'actor');
  const words = textOf(item, 'reason') ?? textOf(item, 'last_error');
  return (
    <div className={classes['event']}>
      <When at={item.occurred_at} />
      <div>
        <p>
          {isKnown(kind) ? said(kind) : said('other')}
          {actor && <span className="quiet"> {t('byWhom', { who: actor })}</span>}
        </p>
        {words && (
          <p className="quiet">
            <Foreign text={words} />
          </p>
        )}
      </div>
    </div>
  );
}

const KNOWN = [
  'connected',
  'disconnected',
  'connecting',
  'qr_pending',
  'cannot_verify',
  'superseded',
  'silent',
  'heard',
  'paused',
  'resumed',
  'paced',
  'reconnect_requested',
  'disconnect_requested',
  'deleted',
  'created',
] as const;

const isKnown = (kind: string): kind is (typeof KNOWN)[number] => KNOWN.some((known) => known === kind);
