import { Skeleton } from '@mantine/core';
import { useTranslations } from 'use-intl';

import classes from './MessageTable.module.css';

const SHOWN = [1, 2, 3, 4, 5, 6];

/** The place of the messages while they are read. */
export function MessagesSkeleton() {
  const t = useTranslations('told');
  return (
    <div className={classes['table']} role="status" aria-label={t('loading')}>
      {SHOWN.map((row) => (
        <div key={row} className={classes['waiting']}>
          <Skeleton height={12} width={`${30 + ((row * 17) % 40)}%`} />
        </div>
      ))}
    </div>
  );
}
