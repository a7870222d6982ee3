import type { Overview } from '@truesend/react';
import { useTranslations } from 'use-intl';

import { Card } from './Card';
import { type Count, Counts } from './Counts';

type Kind = keyof Overview['messages'];

const ORDER: readonly (readonly [Kind, Count['tone'], string])[] = [
  ['sent', 'good', '/messages?status=sent'],
  ['pending', 'plain', '/messages?status=pending'],
  ['sending', 'plain', '/messages?status=sending'],
  ['unconfirmed', 'wait', '/messages?status=sending'],
  ['failed', 'bad', '/messages?status=failed'],
  ['cancelled', 'plain', '/messages?status=cancelled'],
];

/** How many messages stand where, and the way to them. */
export function MessageCounts({ counts }: { readonly counts: Overview['messages'] }) {
  const t = useTranslations('overview');
  return (
    <Card title={t('messages')}>
      <Counts
        counts={ORDER.map(([kind, tone, href]) => ({ key: kind, label: t(kind), count: counts[kind], tone, href }))}
      />
    </Card>
  );
}
