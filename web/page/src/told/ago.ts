export type AgoUnit = 'seconds' | 'minutes' | 'hours' | 'days';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The largest unit that fits, rounded down: what is 119 s old is one minute old. Never negative, since clocks differ. */
export function inUnits(seconds: number): { readonly unit: AgoUnit; readonly count: number } {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < MINUTE) return { unit: 'seconds', count: whole };
  if (whole < HOUR) return { unit: 'minutes', count: Math.floor(whole / MINUTE) };
  if (whole < DAY) return { unit: 'hours', count: Math.floor(whole / HOUR) };
  return { unit: 'days', count: Math.floor(whole / DAY) };
}

/** The same number as long as the same text is shown for it. */
export function settled(seconds: number): number {
  const { unit, count } = inUnits(seconds);
  return count * { seconds: 1, minutes: MINUTE, hours: HOUR, days: DAY }[unit];
}
