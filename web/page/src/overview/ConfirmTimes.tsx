import '@mantine/charts/styles.css';

import { LineChart } from '@mantine/charts';
import { Table } from '@mantine/core';
import type { Overview } from '@truesend/react';
import { useFormatter, useTranslations } from 'use-intl';

import { Nothing } from '../told/Nothing';
import { ChartOrTable } from './ChartOrTable';
import { useHourName } from './hours';
import classes from './Charts.module.css';
import { Scrolling } from './Scrolling';

interface ConfirmTimesProps {
  readonly hours: number;
  readonly times: Overview['time_to_confirm'];
}

/** How long it took until it was known that a message was sent, by the hour. */
export function ConfirmTimes({ hours, times }: ConfirmTimesProps) {
  const t = useTranslations('overview');
  const hourName = useHourName(hours);
  const durationName = useDurationName();
  const isEmpty = times.every(({ confirmed }) => confirmed === 0);
  const chart = (
    <div role="group" aria-label={t('confirmSays')} className={classes['chart']}>
      <LineChart
        h={220}
        data={times.map(({ hour, median_s, p95_s }) => ({ hour: hourName(hour), median_s, p95_s }))}
        dataKey="hour"
        series={[
          { name: 'median_s', color: 'var(--page-accent)', label: t('median') },
          { name: 'p95_s', color: 'var(--page-bar-wait)', label: t('p95') },
        ]}
        valueFormatter={durationName}
        curveType="monotone"
        withLegend
        tickLine="none"
        gridAxis="x"
        yAxisProps={{ width: 56 }}
      />
    </div>
  );
  return (
    <ChartOrTable
      title={t('confirm')}
      says={t('confirmSays')}
      chart={isEmpty ? <Nothing title={t('noConfirmed')} /> : chart}
      table={<TimesTable hours={hours} times={times} />}
    />
  );
}

function TimesTable({ hours, times }: ConfirmTimesProps) {
  const t = useTranslations('overview');
  const format = useFormatter();
  const hourName = useHourName(hours);
  const durationName = useDurationName();
  const seconds = (value: number | null) => (value === null ? '–' : durationName(value));
  return (
    <Scrolling label={t('confirm')}>
      <Table className={classes['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('hour')}</Table.Th>
            <Table.Th>{t('confirmed')}</Table.Th>
            <Table.Th>{t('median')}</Table.Th>
            <Table.Th>{t('p95')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {times.map(({ hour, confirmed, median_s, p95_s }) => (
            <Table.Tr key={hour}>
              <Table.Th scope="row">{hourName(hour)}</Table.Th>
              <Table.Td>{format.number(confirmed)}</Table.Td>
              <Table.Td>{seconds(median_s)}</Table.Td>
              <Table.Td>{seconds(p95_s)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scrolling>
  );
}

function useDurationName(): (seconds: number) => string {
  const t = useTranslations('overview');
  return (seconds) =>
    seconds > 0 && seconds < 1 ? t('milliseconds', { milliseconds: seconds * 1_000 }) : t('secondsLong', { seconds });
}
