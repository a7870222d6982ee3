import { useTranslations } from 'use-intl';

import classes from './Leaving.module.css';

/** The messages that were held while the session was down, on their way out. */
export function Leaving({ from, now }: { readonly from: number; readonly now: number }) {
  const t = useTranslations('sessions');
  return (
    <p className={classes['leaving']} role="status">
      {now > 0 ? t('leavingSays') : t('left')} <strong>{t('leaving', { from, now })}</strong>
    </p>
  );
}
