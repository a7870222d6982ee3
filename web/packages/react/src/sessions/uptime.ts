import type { UptimeSegment } from '../api/types';

export interface UptimeSummary {
  /** Share of the time that is known, 0 to 1; null where nothing is known. */
  readonly up: number | null;
  readonly downSeconds: number;
  readonly unknownSeconds: number;
  readonly outages: number;
  readonly hours: number;
}

/** What a strip says in numbers. */
export function summarizeUptime(segments: readonly UptimeSegment[]): UptimeSummary {
  const seconds = { up: 0, down: 0, unknown: 0 };
  let outages = 0;
  let before: UptimeSegment['state'] | null = null;
  for (const segment of segments) {
    seconds[segment.state] += secondsOf(segment);
    if (segment.state === 'down' && before !== 'down') outages += 1;
    before = segment.state;
  }
  const known = seconds.up + seconds.down;
  return {
    up: known === 0 ? null : seconds.up / known,
    downSeconds: seconds.down,
    unknownSeconds: seconds.unknown,
    outages,
    hours: Math.round((known + seconds.unknown) / 3600),
  };
}

export function secondsOf(segment: UptimeSegment): number {
  return Math.max(0, (Date.parse(segment.to) - Date.parse(segment.from)) / 1000);
}
