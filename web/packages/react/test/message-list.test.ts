import fc from 'fast-check';
import { expect, test } from 'vitest';
import { offerRows, replaceRows, rowsOf, showWaiting, waitingIn, type MessageList } from '../src/messages/message-list';
import { message } from './rows';

function listOf(pages: readonly (readonly number[])[], hasMore = true): MessageList {
  return pages.map((numbers, index) => ({
    items: numbers.map((n) => message(n)),
    next_cursor: hasMore || index < pages.length - 1 ? `after-${index}` : null,
    waiting: [],
  }));
}
const numbersIn = (list: MessageList) => rowsOf(list).map((row) => Number(row.id.slice(-12)));

test('a new message waits, and nothing moves until it is asked for', () => {
  const list = listOf([
    [9, 8],
    [7, 6],
  ]);

  const offered = offerRows(list, [message(10)]);

  expect(numbersIn(offered)).toEqual([9, 8, 7, 6]);
  expect(waitingIn(offered)).toHaveLength(1);
  expect(numbersIn(showWaiting(offered))).toEqual([10, 9, 8, 7, 6]);
});

test('a message that has come to fit the filter is put in its place, in the page where it belongs', () => {
  const list = listOf([
    [9, 7],
    [5, 3],
  ]);

  const shown = showWaiting(offerRows(list, [message(4), message(8), message(6)]));

  expect(shown.map((page) => page.items.length)).toEqual([3, 4]);
  expect(numbersIn(shown)).toEqual([9, 8, 7, 6, 5, 4, 3]);
});

test('what lies beyond the last page that was read does not wait: it comes with its page', () => {
  const list = listOf([[9, 8]]);

  expect(offerRows(list, [message(3)])).toBe(list);
});

test('a message is never there twice', () => {
  const list = offerRows(listOf([[9, 8]]), [message(10)]);

  expect(offerRows(list, [message(10), message(9)])).toBe(list);
});

test('an empty list shows its first message at once: nothing can jump', () => {
  const list = offerRows(listOf([[]], false), [message(1)]);

  expect(numbersIn(list)).toEqual([1]);
  expect(waitingIn(list)).toEqual([]);
});

test('a row that was read before a change does not undo it', () => {
  const list = replaceRows(listOf([[2]]), new Map([[message(2).id, message(2, { version: 3, status: 'sent' })]]));

  expect(replaceRows(list, new Map([[message(2).id, message(2, { version: 2 })]]))).toBe(list);
});

test('pages that nothing happened to stay the very pages', () => {
  const list = listOf([
    [9, 8],
    [7, 6],
  ]);

  const changed = replaceRows(list, new Map([[message(7).id, message(7, { version: 2 })]]));

  expect(changed[0]).toBe(list[0]);
  expect(changed[1]).not.toBe(list[1]);
});

test('whatever comes in whatever order, shown rows keep their order until asked, and are in the API’s order after', () => {
  const offers = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 10 }), { maxLength: 6 });
  fc.assert(
    fc.property(offers, (arrivals) => {
      const list = listOf([
        [50, 40],
        [30, 20],
      ]);
      const offered = arrivals.reduce(
        (after, numbers) =>
          offerRows(
            after,
            numbers.map((n) => message(n)),
          ),
        list,
      );
      expect(numbersIn(offered)).toEqual([50, 40, 30, 20]);
      const shown = numbersIn(showWaiting(offered));
      const expected = new Set([50, 40, 30, 20, ...arrivals.flat().filter((n) => n > 20)]);
      expect(shown).toEqual([...expected].sort((a, b) => b - a));
    }),
  );
});
