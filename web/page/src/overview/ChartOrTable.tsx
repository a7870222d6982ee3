import { SegmentedControl } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Card } from './Card';

interface ChartOrTableProps {
  readonly title: string;
  readonly says: string;
  readonly chart: ReactNode;
  readonly table: ReactNode;
}

/** The same numbers to look at, or to read. */
export function ChartOrTable({ title, says, chart, table }: ChartOrTableProps) {
  const t = useTranslations('overview');
  const [shows, setShows] = useState('chart');
  return (
    <Card
      title={title}
      says={says}
      end={
        <SegmentedControl
          size="xs"
          aria-label={t('showAs', { what: title })}
          value={shows}
          onChange={setShows}
          data={[
            { value: 'chart', label: t('chart') },
            { value: 'table', label: t('table') },
          ]}
        />
      }
    >
      {shows === 'table' ? table : chart}
    </Card>
  );
}
