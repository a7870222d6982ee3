/** Compares two of the API's times. They have microseconds, which `Date` cuts off. */
export function compareInstants(one: string, other: string): number {
  const byMilliseconds = Date.parse(one) - Date.parse(other);
  return byMilliseconds !== 0 ? byMilliseconds : microsecondsOf(one) - microsecondsOf(other);
}

export function dateOf(time: string | null | undefined): Date | null {
  return time ? new Date(time) : null;
}

function microsecondsOf(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? '';
  return Number(fraction.padEnd(6, '0').slice(3, 6));
}
