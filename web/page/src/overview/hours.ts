import { useMemo } from 'react';
import { useLocale } from 'use-intl';

const ONE_DAY = 24;

/** Names an hour by the viewer's clock; with its day where more than one day is shown. */
export function useHourName(hours: number): (hour: string) => string {
  const locale = useLocale();
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(locale, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...(hours > ONE_DAY ? { weekday: 'short' } : {}),
    });
    return (hour) => format.format(new Date(hour));
  }, [locale, hours]);
}
