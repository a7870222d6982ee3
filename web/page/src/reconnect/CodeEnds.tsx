import { useTranslations } from 'use-intl';

import { useClock } from '../told/clock';

/** How long the code still holds, where the gateway tells; it is renewed by itself in any case. */
export function CodeEnds({ at }: { readonly at: Date | null }) {
  const t = useTranslations('reconnect');
  const seconds = useClock((nowMs) => (at ? Math.max(0, Math.ceil((at.getTime() - nowMs) / 1_000)) : 0));
  return <p className="quiet">{seconds > 0 ? t('endsIn', { seconds }) : t('renews')}</p>;
}
