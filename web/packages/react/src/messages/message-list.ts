import type { MessageFact, MessageRow } from '../api/types';
import { compareInstants } from '../time/instant';
import { applyMessageFact } from './apply-message-fact';

/** A page of a list as it is kept: the API's, and on the first one what has come since and waits to be shown. */
export interface ListPage {
  readonly items: readonly MessageRow[];
  readonly next_cursor: string | null;
  readonly waiting: readonly MessageRow[];
}

/** The pages that were read, the newest messages first. All changes are pure, and keep every page that they don't touch. */
export type MessageList = readonly ListPage[];

/** The list with its rows as the facts have them; the list itself where they tell nothing new. No row moves. */
export function patchList(list: MessageList, facts: ReadonlyMap<string, MessageFact>): MessageList {
  return mapRows(list, (row) => {
    const fact = facts.get(row.id);
    return fact ? applyMessageFact(row, fact) : row;
  });
}

/** The list with rows that were read again, where they are no older. No row moves, enters or leaves. */
export function replaceRows(list: MessageList, rows: ReadonlyMap<string, MessageRow>): MessageList {
  return mapRows(list, (row) => {
    const read = rows.get(row.id);
    return read && read.version >= row.version ? read : row;
  });
}

/**
 * The list with rows that belong into it and are not in it: they wait, so that nothing jumps under the reader's eyes.
 * An empty list shows them at once. What lies beyond the last page that was read comes with that page.
 */
export function offerRows(list: MessageList, rows: readonly MessageRow[]): MessageList {
  const [first, ...others] = list;
  if (!first) return list;
  const known = idsOf(list);
  const end = endOf(list);
  const fresh = rows.filter((row) => !known.has(row.id) && (end === null || isBefore(row, end)));
  if (fresh.length === 0) return list;
  const offered: MessageList = [{ ...first, waiting: inOrder([...first.waiting, ...fresh]) }, ...others];
  return rowsOf(list).length === 0 ? showWaiting(offered) : offered;
}

/** The list with what waited in its place. */
export function showWaiting(list: MessageList): MessageList {
  const waiting = waitingIn(list);
  if (waiting.length === 0) return list;
  return list.map((page, index) => {
    const last = page.items.at(-1);
    const before = list[index - 1]?.items.at(-1);
    const isLastPage = index === list.length - 1;
    const mine = waiting.filter(
      (row) => (!before || isBefore(before, row)) && (isLastPage || (last !== undefined && isBefore(row, last))),
    );
    if (mine.length === 0 && page.waiting.length === 0) return page;
    return { ...page, items: mine.length === 0 ? page.items : inOrder([...page.items, ...mine]), waiting: [] };
  });
}

export function rowsOf(list: MessageList): readonly MessageRow[] {
  return list.flatMap((page) => page.items);
}

export function waitingIn(list: MessageList): readonly MessageRow[] {
  return list.flatMap((page) => page.waiting);
}

export function idsOf(list: MessageList): ReadonlySet<string> {
  return new Set(list.flatMap((page) => [...page.items, ...page.waiting].map((row) => row.id)));
}

/** The last row of a list that goes on; null where all of it was read. */
function endOf(list: MessageList): MessageRow | null {
  const last = list.at(-1);
  return last?.next_cursor ? (rowsOf(list).at(-1) ?? null) : null;
}

function mapRows(list: MessageList, change: (row: MessageRow) => MessageRow): MessageList {
  const changed = list.map((page) => {
    const items = mapKept(page.items, change);
    const waiting = mapKept(page.waiting, change);
    return items === page.items && waiting === page.waiting ? page : { ...page, items, waiting };
  });
  return changed.every((page, index) => page === list[index]) ? list : changed;
}

function mapKept<Item>(items: readonly Item[], change: (item: Item) => Item): readonly Item[] {
  let changed: Item[] | null = null;
  for (const [index, item] of items.entries()) {
    const after = change(item);
    if (after === item) continue;
    changed ??= [...items];
    changed[index] = after;
  }
  return changed ?? items;
}

/** The API's order: the newest first, and by id where two were made at once. */
function isBefore(one: MessageRow, other: MessageRow): boolean {
  return compareRows(one, other) < 0;
}

function compareRows(one: MessageRow, other: MessageRow): number {
  const byTime = compareInstants(other.created_at, one.created_at);
  if (byTime !== 0) return byTime;
  if (one.id === other.id) return 0;
  return one.id > other.id ? -1 : 1;
}

function inOrder(rows: readonly MessageRow[]): readonly MessageRow[] {
  return rows.toSorted(compareRows);
}
