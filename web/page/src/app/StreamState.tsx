import { useLive } from '@truesend/react';
import { useTranslations } from 'use-intl';

import { useMoments } from '../told/moments';
import classes from './StreamState.module.css';

/** Whether what one sees is what is; if not, up to when it was. */
export function StreamState() {
  const t = useTranslations('stream');
  const { exact, short } = useMoments();
  const { state, dataAsOf } = useLive();
  const isBehind = state === 'reconnecting' && dataAsOf !== null;
  return (
    <span className={classes['state']} data-state={state} role="status" title={isBehind ? exact(dataAsOf) : undefined}>
      {isBehind ? t('reconnectingSince', { time: short(dataAsOf) }) : t(state)}
    </span>
  );
}
