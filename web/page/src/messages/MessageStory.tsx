import { Button } from '@mantine/core';
import type { HistoryItem, OneMessage } from '@truesend/react';
import { useTranslations } from 'use-intl';

import { numberIn, textOf } from '../told/history-fields';
import { Foreign } from '../told/Foreign';
import { useMoments } from '../told/moments';
import { isConfirmation, storyKey } from './story-words';
import classes from './MessageStory.module.css';

type MessageStoryProps = Pick<OneMessage, 'history' | 'hasMoreHistory' | 'loadMoreHistory' | 'isLoadingMoreHistory'>;

/** What happened to the message, the earliest first, each with its exact time. */
export function MessageStory({ history, hasMoreHistory, loadMoreHistory, isLoadingMoreHistory }: MessageStoryProps) {
  const t = useTranslations('drawer');
  return (
    <section aria-label={t('history')}>
      <h3 className={classes['title']}>{t('history')}</h3>
      <ol className={classes['story']}>
        {history.map((item, index) => (
          // a story only grows at its end, so a place in it is a name
          <Event key={index} item={item} />
        ))}
      </ol>
      {hasMoreHistory && (
        <Button variant="subtle" size="xs" loading={isLoadingMoreHistory} onClick={loadMoreHistory}>
          {t('more')}
        </Button>
      )}
    </section>
  );
}

function Event({ item }: { readonly item: HistoryItem }) {
  const t = useTranslations('story');
  const by = useTranslations('sessions');
  const { clock, exact } = useMoments();
  const moment = new Date(item.occurred_at);
  const actor = textOf(item, 'actor');
  return (
    <li className={classes['event']} data-status={item.status ?? ''}>
      <time dateTime={item.occurred_at} title={exact(moment)}>
        {clock(moment)}
      </time>
      <div>
        <p>
          {t(storyKey(item.type), { number: numberIn(item, 'number') ?? 0 })}
          {actor && <span className="quiet"> {by('byWhom', { who: actor })}</span>}
        </p>
        <Details item={item} />
      </div>
    </li>
  );
}

function Details({ item }: { readonly item: HistoryItem }) {
  const t = useTranslations('story');
  const confirmed = useTranslations('confirmed');
  const { clock } = useMoments();
  const confirmedBy = textOf(item, 'confirmed_by');
  const nextAt = textOf(item, 'next_attempt_at');
  const status = numberIn(item, 'http_status');
  const words =
    textOf(item, 'reason') ?? textOf(item, 'answer') ?? textOf(item, 'vps_error') ?? textOf(item, 'error_message');
  const isLate = (item as Readonly<Record<string, unknown>>)['applied'] === false;
  const isCorrection = (item as Readonly<Record<string, unknown>>)['correction'] === true;
  return (
    <div className={classes['details']}>
      {confirmedBy && isConfirmation(confirmedBy) && <p>{t('confirmedBy', { how: confirmed(confirmedBy) })}</p>}
      {nextAt && <p>{t('nextAt', { time: clock(new Date(nextAt)) })}</p>}
      {status !== null && <p>{t('http', { status })}</p>}
      {words && (
        <p>
          <Foreign text={words} />
        </p>
      )}
      {isLate && <p>{t('late')}</p>}
      {isCorrection && <p>{t('correction')}</p>}
    </div>
  );
}
