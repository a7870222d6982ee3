import { Skeleton } from '@mantine/core';
import { useTranslations } from 'use-intl';

import classes from './SessionRows.module.css';

const SHOWN = [1, 2, 3, 4];

/** The place of the sessions while they are read. */
export function SessionsSkeleton() {
  const t = useTranslations('told');
  return (
    <div className={classes['list']} role="status" aria-label={t('loading')}>
      {SHOWN.map((row) => (
        <div key={row} className={classes['item']}>
          <div className={classes['waiting']}>
            <Skeleton height={14} width="40%" />
            <Skeleton height={12} width="25%" mt={10} />
          </div>
        </div>
      ))}
    </div>
  );
}
