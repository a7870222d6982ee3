import '@mantine/charts/styles.css';

import { BarChart } from '@mantine/charts';
import { Table } from '@mantine/core';
import type { Overview } from '@truesend/react';
import { useFormatter, useTranslations } from 'use-intl';

import { Nothing } from '../told/Nothing';
import { ChartOrTable } from './ChartOrTable';
import { useHourName } from './hours';
import classes from './Charts.module.css';
import { Scrolling } from './Scrolling';

interface OutcomesProps {
  readonly hours: number;
  readonly outcomes: Overview['outcomes'];
}

const SERIES = [
  ['sent', 'var(--page-bar-good)'],
  ['unconfirmed', 'var(--page-bar-wait)'],
  ['failed', 'var(--page-bar-bad)'],
  ['cancelled', 'var(--page-bar-unknown)'],
] as const;

/** What became of messages, by the hour. */
export function Outcomes({ hours, outcomes }: OutcomesProps) {
  const t = useTranslations('overview');
  const hourName = useHourName(hours);
  const isEmpty = outcomes.every((hour) => SERIES.every(([kind]) => hour[kind] === 0));
  const chart = (
    <div role="group" aria-label={t('outcomesSays')} className={classes['chart']}>
      <BarChart
        h={260}
        type="stacked"
        data={outcomes.map(({ hour, ...counts }) => ({ hour: hourName(hour), ...counts }))}
        dataKey="hour"
        series={SERIES.map(([name, color]) => ({ name, color, label: t(name) }))}
        withLegend
        tickLine="none"
        gridAxis="x"
        yAxisProps={{ width: 40, allowDecimals: false }}
      />
    </div>
  );
  return (
    <ChartOrTable
      title={t('outcomes')}
      says={t('outcomesSays')}
      chart={isEmpty ? <Nothing title={t('noOutcomes')} /> : chart}
      table={<OutcomesTable hours={hours} outcomes={outcomes} />}
    />
  );
}

function OutcomesTable({ hours, outcomes }: OutcomesProps) {
  const t = useTranslations('overview');
  const format = useFormatter();
  const hourName = useHourName(hours);
  return (
    <Scrolling label={t('outcomes')}>
      <Table className={classes['table'] ?? ''}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('hour')}</Table.Th>
            {SERIES.map(([kind]) => (
              <Table.Th key={kind}>{t(kind)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {outcomes.map((hour) => (
            <Table.Tr key={hour.hour}>
              <Table.Th scope="row">{hourName(hour.hour)}</Table.Th>
              {SERIES.map(([kind]) => (
                <Table.Td key={kind}>{format.number(hour[kind])}</Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scrolling>
  );
}
