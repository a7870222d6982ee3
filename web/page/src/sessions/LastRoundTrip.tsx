import { useRoundTrip } from '@truesend/react';
import { useTranslations } from 'use-intl';

import classes from './LastRoundTrip.module.css';

interface LastRoundTripProps {
  readonly sessionId: string;
}

/** For who looks into how it works: what the last verification from here took, and by what id logs and traces have it. */
export function LastRoundTrip({ sessionId }: LastRoundTripProps) {
  const t = useTranslations('sessions');
  const trip = useRoundTrip(sessionId);
  if (!trip) return null;
  return (
    <p className="quiet">
      {t('roundTrip', { milliseconds: Math.round(trip.durationMs) })}{' '}
      <code className={classes['trace']}>{trip.traceId}</code>
    </p>
  );
}
