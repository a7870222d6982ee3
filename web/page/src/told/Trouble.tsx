import { Button } from '@mantine/core';
import { ProblemError } from '@truesend/react';
import { useTranslations } from 'use-intl';

import classes from './State.module.css';

/** Something could not be loaded: what happened, and what to do about it. */
export function Trouble({ error, onRetry }: { readonly error: Error; readonly onRetry?: (() => void) | undefined }) {
  const t = useTranslations('trouble');
  const isProblem = error instanceof ProblemError;
  const isUnreachable = isProblem && error.status === 0;
  return (
    <div className={classes['state']} role="alert">
      <p className={classes['title']}>{isUnreachable ? t('unreachable') : t('notLoaded')}</p>
      <p className="quiet">{isUnreachable ? t('unreachableAdvice') : isProblem ? error.detail : t('advice')}</p>
      {onRetry && (
        <Button variant="default" size="xs" onClick={onRetry}>
          {t('again')}
        </Button>
      )}
    </div>
  );
}
