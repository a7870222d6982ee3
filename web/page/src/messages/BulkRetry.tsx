import { Button, Progress, Select } from '@mantine/core';
import { type BulkRetryCount, type ProblemError, type SessionRow, useBulkRetry } from '@truesend/react';
import { useEffect, useState } from 'react';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import classes from './BulkRetry.module.css';
import { type Filters, queryOf, retryFilterOf } from './filters';
import { RefusedCounts } from './RefusedCounts';

interface BulkRetryProps {
  readonly filters: Filters;
  readonly sessions: readonly SessionRow[];
}

/** Retries what the filters show. Offered where they show what can be retried; asks for a count before anything else. */
export function BulkRetry({ filters, sessions }: BulkRetryProps) {
  const t = useTranslations('bulk');
  const [isOpen, setIsOpen] = useState(false);
  const isOffered = filters.status === 'failed' || filters.status === 'cancelled';
  if (!isOffered) return null;
  if (!isOpen) {
    return (
      <div>
        <Button
          variant="default"
          size="xs"
          onClick={() => {
            setIsOpen(true);
          }}
        >
          {t('open')}
        </Button>
      </div>
    );
  }
  return (
    <section className={classes['panel']} aria-label={t('title')}>
      <h2>{t('title')}</h2>
      {filters.text.trim() ? (
        <>
          <p className="quiet">{t('noText')}</p>
          <div>
            <Button
              variant="default"
              size="xs"
              onClick={() => {
                setIsOpen(false);
              }}
            >
              {t('close')}
            </Button>
          </div>
        </>
      ) : (
        <Panel
          key={queryOf(filters)}
          filters={filters}
          sessions={sessions}
          onClose={() => {
            setIsOpen(false);
          }}
        />
      )}
    </section>
  );
}

function Panel({ filters, sessions, onClose }: BulkRetryProps & { readonly onClose: () => void }) {
  const t = useTranslations('bulk');
  const named = useTranslations('sessions');
  const { count, run, progress, isRunning, cancel } = useBulkRetry();
  // what is counted is what is retried: a span does not move on in between
  const [filter] = useState(() => retryFilterOf(filters, new Date()));
  const [counted, setCounted] = useState<BulkRetryCount | null>(null);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const [through, setThrough] = useState<string | null>(null);

  useEffect(() => {
    let isCurrent = true;
    if (filter) {
      void count(filter).then((result) => {
        if (!isCurrent) return;
        if (result.ok) setCounted(result.value);
        else setProblem(result.error);
      });
    }
    return () => {
      isCurrent = false;
    };
  }, [count, filter]);

  async function start() {
    if (!filter) return;
    setProblem(null);
    const result = await run(filter, through ? { sessionId: through } : {});
    if (!result.ok) setProblem(result.error);
  }

  const isOver = progress !== null && !isRunning;
  const total = progress?.total ?? counted?.retryable ?? 0;
  return (
    <>
      <div aria-live="polite" className={classes['words']}>
        {!counted && !problem && <p className="quiet">{t('counting')}</p>}
        {counted && !progress && <p>{t('count', { retryable: counted.retryable })}</p>}
        {counted && !progress && counted.refused > 0 && (
          <RefusedCounts count={counted.refused} by={counted.refusedBy} />
        )}
        {isOver && <p>{t(progress.state === 'cancelled' ? 'stopped' : 'finished', { count: progress.retried })}</p>}
        {problem && <p className="wrong">{problem.detail}</p>}
      </div>
      {progress && (
        <>
          <Progress
            value={total > 0 ? Math.min(100, (100 * progress.retried) / total) : 100}
            aria-label={t('progress', { done: progress.retried, total })}
          />
          <p className="quiet">{t('progress', { done: progress.retried, total })}</p>
        </>
      )}
      {counted && counted.retryable > 0 && !progress && (
        <Select
          size="sm"
          label={t('through')}
          placeholder={t('ownSession')}
          data={sessions
            .filter(({ badge }) => badge !== 'never_paired')
            .map((session) => ({ value: session.id, label: nameOf(session) ?? named('unnamed') }))}
          value={through}
          onChange={setThrough}
          clearable
          searchable
          className={classes['through']}
        />
      )}
      <div className={classes['actions']}>
        {isRunning ? (
          <Button variant="default" size="xs" onClick={cancel}>
            {t('stop')}
          </Button>
        ) : (
          <Button variant="default" size="xs" onClick={onClose}>
            {t('close')}
          </Button>
        )}
        {counted && counted.retryable > 0 && !progress && (
          <Button size="xs" onClick={() => void start()}>
            {t('run', { count: counted.retryable })}
          </Button>
        )}
      </div>
    </>
  );
}
