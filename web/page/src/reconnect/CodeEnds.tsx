import { useTranslations } from 'use-intl';

import { useClock } from '../told/clock';

interface CodeEndsProps {
  readonly at: Date | null;
  /** A QR code is renewed by itself; a pairing code is not. */
  readonly kind: 'qr' | 'pairingCode';
}

/** How long the code still holds, where that is known. */
export function CodeEnds({ at, kind }: CodeEndsProps) {
  const t = useTranslations('reconnect');
  const seconds = useClock((nowMs) => (at ? Math.max(0, Math.ceil((at.getTime() - nowMs) / 1_000)) : 0));
  if (kind === 'pairingCode') return seconds > 0 && <p className="quiet">{t('pairingCodeEndsIn', { seconds })}</p>;
  return <p className="quiet">{seconds > 0 ? t('endsIn', { seconds }) : t('renews')}</p>;
}
