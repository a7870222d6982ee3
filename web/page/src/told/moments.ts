import { useMemo } from 'react';
import { useLocale } from 'use-intl';

export interface Moments {
  /** 14:02, or 24 Nov, 14:02. */
  readonly short: (moment: Date) => string;
  /** To the second, with its zone. */
  readonly exact: (moment: Date) => string;
  /** 14:02:33. */
  readonly clock: (moment: Date) => string;
}

/** Times in words of the viewer's language, in the viewer's zone. */
export function useMoments(): Moments {
  const locale = useLocale();
  return useMemo(() => {
    const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' } as const);
    const day = new Intl.DateTimeFormat(locale, {
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' } as const);
    return {
      short: (moment) => (isToday(moment) ? time : day).format(moment),
      exact: (moment) => exact.format(moment),
      clock: (moment) => clock.format(moment),
    };
  }, [locale]);
}

const isToday = (moment: Date): boolean => moment.toDateString() === new Date().toDateString();
