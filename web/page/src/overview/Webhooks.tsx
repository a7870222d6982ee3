import type { Overview } from '@truesend/react';
import { useFormatter, useTranslations } from 'use-intl';

import { Ago } from '../told/When';
import { Card } from './Card';
import classes from './Webhooks.module.css';

/** How each gateway's webhooks arrive. */
export function Webhooks({ webhooks }: { readonly webhooks: Overview['webhooks'] }) {
  const t = useTranslations('overview');
  return (
    <Card title={t('webhooks')}>
      {webhooks.length === 0 && <p className="quiet">{t('noWebhooks')}</p>}
      {webhooks.map((health) => (
        <Gateway key={health.gateway} health={health} />
      ))}
    </Card>
  );
}

function Gateway({ health }: { readonly health: Overview['webhooks'][number] }) {
  const t = useTranslations('overview');
  const format = useFormatter();
  return (
    <div className={classes['gateway']}>
      <p>
        <strong>
          <bdi>{health.gateway}</bdi>
        </strong>
      </p>
      <p>{health.says}</p>
      <p className="quiet">
        {t('accepted')}: {format.number(health.accepted)} · {t('refused')}: {format.number(health.refused)} ·{' '}
        {t('lastAccepted')}: {health.last_accepted_at ? <Ago at={health.last_accepted_at} /> : t('never')}
      </p>
    </div>
  );
}
