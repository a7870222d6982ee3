import { Skeleton } from '@mantine/core';
import { useTranslations } from 'use-intl';

import classes from './OverviewPage.module.css';

/** The place of the overview while it is read. */
export function OverviewSkeleton() {
  const t = useTranslations('told');
  return (
    <div className={classes['page']} role="status" aria-label={t('loading')}>
      <div className={classes['pair']}>
        <Skeleton height={190} radius="md" />
        <Skeleton height={190} radius="md" />
      </div>
      <Skeleton height={360} radius="md" />
      <Skeleton height={320} radius="md" />
    </div>
  );
}
