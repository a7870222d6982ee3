import { useFormatter, useTranslations } from 'use-intl';

import type { en } from '../i18n/en';

interface RefusedCountsProps {
  readonly count: number;
  readonly by: Readonly<Record<string, number>>;
}

type Reason = keyof (typeof en)['refusedBy'];

/** How many can't be retried, and why: "3 cannot: 2 sent, 1 being sent". */
export function RefusedCounts({ count, by }: RefusedCountsProps) {
  const t = useTranslations('bulk');
  const why = useTranslations('refusedBy');
  const format = useFormatter();
  const reasons = Object.entries(by).map(
    ([reason, times]) => `${format.number(times)} ${why(why.has(reason as Reason) ? (reason as Reason) : 'other')}`,
  );
  return (
    <p className="quiet">
      {t('refused', { count })} {format.list(reasons)}
    </p>
  );
}
