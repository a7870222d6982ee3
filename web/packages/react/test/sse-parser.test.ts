import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SseParser } from '../src/stream/sse-parser';

const STREAM = [
  '\uFEFFretry: 2000',
  'id: 41',
  '',
  ': keep-alive',
  '',
  'id: 42',
  'event: session',
  'data: {"id":"a"}',
  '',
  'event: message',
  'data:first',
  'data: second',
  '',
  'data: never finished',
];
const TOLD = [
  ['retry', 2000],
  ['id', '41'],
  ['id', '42'],
  ['event', { type: 'session', data: '{"id":"a"}' }],
  ['event', { type: 'message', data: 'first\nsecond' }],
];

function toldBy(pieces: readonly string[]): unknown[] {
  const told: unknown[] = [];
  const parser = new SseParser({
    onEvent: (event) => told.push(['event', event]),
    onId: (id) => told.push(['id', id]),
    onRetry: (delayMs) => told.push(['retry', delayMs]),
  });
  for (const piece of pieces) parser.feed(piece);
  return told;
}

test('a stream says the same wherever it is cut, and whatever its lines end with', () => {
  const ends = fc.constantFrom('\n', '\r\n', '\r');
  fc.assert(
    fc.property(ends, fc.array(fc.nat(200)), (end, cuts) => {
      const text = STREAM.join(end);
      const places = [...new Set([0, ...cuts.map((cut) => cut % text.length), text.length])].sort((a, b) => a - b);
      const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
      expect(toldBy(pieces)).toEqual(TOLD);
    }),
  );
});

test('the id of a block without data is told: the stream begins with one', () => {
  expect(toldBy(['id: 7\n\n'])).toEqual([['id', '7']]);
});

test('an event without an id tells none', () => {
  expect(toldBy(['event: session\ndata: {}\n\n'])).toEqual([['event', { type: 'session', data: '{}' }]]);
});
