import { useTranslations } from 'use-intl';

import { inUnits, settled } from './ago';
import { useClock } from './clock';
import { useMoments } from './moments';

/** How long ago something was ("4 s ago"), the exact time on hover. `children` puts it into a sentence. */
export function Ago({ at, children }: { readonly at: string | Date; readonly children?: (ago: string) => string }) {
  const t = useTranslations('time');
  const { exact } = useMoments();
  const moment = new Date(at);
  const { unit, count } = inUnits(useClock((nowMs) => settled((nowMs - moment.getTime()) / 1_000)));
  const ago = t(`${unit}Ago`, { count });
  return (
    <time dateTime={moment.toISOString()} title={exact(moment)}>
      {children ? children(ago) : ago}
    </time>
  );
}

/** A time of day, with its date where that is not today; the exact time on hover. */
export function When({ at }: { readonly at: string | Date }) {
  const { exact, short } = useMoments();
  const moment = new Date(at);
  return (
    <time dateTime={moment.toISOString()} title={exact(moment)}>
      {short(moment)}
    </time>
  );
}
