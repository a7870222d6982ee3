import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  askedOf,
  type Filters,
  filtersIn,
  NO_FILTERS,
  queryOf,
  retryFilterOf,
  SPANS,
  STATUSES,
} from '../src/messages/filters';

const NOW = new Date('2026-03-01T12:34:56Z');

const moments = fc.option(fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }));
const filters: fc.Arbitrary<Filters> = fc
  .record({
    status: fc.option(fc.constantFrom(...STATUSES)),
    sessionId: fc.option(fc.uuid()),
    text: fc.string({ unit: 'grapheme' }),
    span: fc.option(fc.constantFrom(...(Object.keys(SPANS) as (keyof typeof SPANS)[]))),
    from: moments,
    to: moments,
  })
  .map((drawn) => (drawn.span ? { ...drawn, from: null, to: null } : drawn));

describe('filters in the address', () => {
  test('come back from it as they went in', () => {
    fc.assert(
      fc.property(filters, (given) => {
        expect(filtersIn(queryOf(given))).toEqual(given);
      }),
    );
  });

  test('leave it bare when nothing is looked for', () => {
    expect(queryOf(NO_FILTERS)).toBe('');
  });

  test('are left out where an old or a mistyped link says what nobody understands', () => {
    expect(filtersIn('status=lost&span=decade&created_from=yesterday&session_id=')).toEqual(NO_FILTERS);
  });

  test('give a span the last word over from and to', () => {
    expect(filtersIn('span=day&created_from=2026-01-01T00:00:00Z').from).toBeNull();
  });
});

describe('what the API is asked', () => {
  test('is nothing but what was filled in', () => {
    expect(askedOf(NO_FILTERS, NOW)).toEqual({});
    expect(askedOf({ ...NO_FILTERS, text: '  ' }, NOW)).toEqual({});
  });

  test('reaches back from now by the span, to the full minute', () => {
    expect(askedOf({ ...NO_FILTERS, span: 'hour' }, NOW)).toEqual({ created_from: '2026-03-01T11:34:00.000Z' });
  });

  test('is about what failed, for a bulk retry without a status', () => {
    expect(retryFilterOf(NO_FILTERS, NOW)).toEqual({ status: 'failed' });
  });

  test('is never a bulk retry of more than is shown: a search by text has none', () => {
    expect(retryFilterOf({ ...NO_FILTERS, text: 'hello' }, NOW)).toBeNull();
  });
});
