import { Table } from '@mantine/core';
import type { HeldReason, Overview } from '@truesend/react';
import { useFormatter, useTranslations } from 'use-intl';
import { Link } from 'wouter';

import type { en } from '../i18n/en';
import { Ago } from '../told/When';
import { Card } from './Card';
import { Scrolling } from './Scrolling';

interface QueuesProps {
  readonly queues: Overview['queues'];
  readonly sessionNames: ReadonlyMap<string, string | null>;
}

/** What is due and has not left, by session. */
export function Queues({ queues, sessionNames }: QueuesProps) {
  const t = useTranslations('overview');
  const words = useTranslations('why');
  const named = useTranslations('sessions');
  const format = useFormatter();
  const reason = (why: string | null) => words(why !== null && words.has(why as HeldReason) ? (why as Why) : 'other');
  return (
    <Card title={t('queues')}>
      {queues.length === 0 ? (
        <p className="quiet">{t('noQueues')}</p>
      ) : (
        <Scrolling label={t('queues')}>
          <Table verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('session')}</Table.Th>
                <Table.Th>{t('waiting')}</Table.Th>
                <Table.Th>{t('oldest')}</Table.Th>
                <Table.Th>{t('why')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {queues.map(({ session_id, waiting, oldest_due_at, held_reason }) => (
                <Table.Tr key={session_id}>
                  <Table.Td>
                    <Link href={`/messages?status=pending&session_id=${session_id}`}>
                      <bdi>{sessionNames.get(session_id) ?? named('unnamed')}</bdi>
                    </Link>
                  </Table.Td>
                  <Table.Td>{format.number(waiting)}</Table.Td>
                  <Table.Td>
                    <Ago at={oldest_due_at} />
                  </Table.Td>
                  <Table.Td>{reason(held_reason)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Scrolling>
      )}
    </Card>
  );
}

type Why = keyof (typeof en)['why'];
