import { useMemo } from 'react';
import { useTranslations } from 'use-intl';

import { pictureOf } from './qr-picture';
import classes from './QrCode.module.css';

/** The code, black on white in both schemes: phones read it so. */
export function QrCode({ code }: { readonly code: string }) {
  const t = useTranslations('reconnect');
  const picture = useMemo(() => pictureOf(code), [code]);
  if (!picture) return <p className={classes['unreadable']}>{t('unreadable')}</p>;
  return <img src={picture} alt={t('qr')} className={classes['code']} />;
}
