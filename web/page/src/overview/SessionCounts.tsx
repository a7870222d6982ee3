import { type Badge, type Overview, useLabels } from '@truesend/react';
import { useTranslations } from 'use-intl';

import { Card } from './Card';
import { type Count, Counts } from './Counts';

const ORDER: readonly (readonly [Badge, Count['tone']])[] = [
  ['connected', 'good'],
  ['disconnected', 'bad'],
  ['silent', 'bad'],
  ['cannot_verify', 'plain'],
  ['scan_qr', 'wait'],
  ['connecting', 'wait'],
  ['never_paired', 'plain'],
];

/** How many sessions show which badge. */
export function SessionCounts({ counts }: { readonly counts: Overview['sessions'] }) {
  const t = useTranslations('overview');
  const labels = useLabels();
  return (
    <Card title={t('sessions')}>
      <Counts
        counts={ORDER.map(([badge, tone]) => ({ key: badge, label: labels.badge[badge], count: counts[badge], tone }))}
      />
    </Card>
  );
}
