import { describe, expect, test } from 'vitest';

import { inUnits, settled } from '../src/told/ago';

describe('how long ago', () => {
  test.each([
    [0, 'seconds', 0],
    [59.9, 'seconds', 59],
    [60, 'minutes', 1],
    [119, 'minutes', 1],
    [3_600, 'hours', 1],
    [86_399, 'hours', 23],
    [172_800, 'days', 2],
  ] as const)('%d s is told in the largest unit that is full', (seconds, unit, count) => {
    expect(inUnits(seconds)).toEqual({ unit, count });
  });

  test('is never in the future, whatever the clocks say', () => {
    expect(inUnits(-3)).toEqual({ unit: 'seconds', count: 0 });
  });

  test('is the same number as long as it is told in the same words', () => {
    expect(settled(60)).toBe(settled(119));
    expect(settled(119)).not.toBe(settled(120));
  });
});
