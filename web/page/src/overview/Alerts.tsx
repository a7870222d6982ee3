import type { Overview } from '@truesend/react';
import { useTranslations } from 'use-intl';

import type { en } from '../i18n/en';
import { When } from '../told/When';
import classes from './Alerts.module.css';
import { Card } from './Card';

interface AlertsProps {
  readonly alerts: Overview['alerts'];
  readonly sessionNames: ReadonlyMap<string, string | null>;
}

type Kind = keyof (typeof en)['alertKind'];

/** What somebody was told of, those that go on first. */
export function Alerts({ alerts, sessionNames }: AlertsProps) {
  const t = useTranslations('overview');
  const kinds = useTranslations('alertKind');
  const ordered = alerts.toSorted(
    (one, other) => Number(one.resolved_at !== null) - Number(other.resolved_at !== null),
  );
  return (
    <Card title={t('alerts')}>
      {alerts.length === 0 && <p className="quiet">{t('noAlerts')}</p>}
      <div className={classes['alerts']}>
        {ordered.map(({ id, kind, session_id, since, resolved_at }) => (
          <div key={id} className={classes['alert']} data-open={resolved_at === null}>
            <p>
              <strong>{kinds(kinds.has(kind as Kind) ? (kind as Kind) : 'other')}</strong>
              {session_id && <bdi> · {sessionNames.get(session_id) ?? session_id}</bdi>}
            </p>
            <p className="quiet">
              {t('since')} <When at={since} />
              {resolved_at && (
                <>
                  {', '}
                  {t('resolved')} <When at={resolved_at} />
                </>
              )}
            </p>
          </div>
        ))}
      </div>
    </Card>
  );
}
