import type { InfiniteData, Query, QueryClient } from '@tanstack/react-query';
import type { MessageDetail, MessageFact, MessageFilter, MessageRow } from '../api/types';
import type { TruesendClient } from '../client/client';
import { applyMessageFact } from '../messages/apply-message-fact';
import {
  idsOf,
  offerRows,
  patchList,
  replaceRows,
  rowsOf,
  showWaiting,
  type ListPage,
  type MessageList,
} from '../messages/message-list';
import { dueAt } from '../messages/message-state';
import type { Clock } from '../time/clock';
import { Throttle } from '../time/throttle';
import type { Keys } from './keys';
import { ReadingQueue } from './reading-queue';
import { readMessages, readMessagesById } from './reads';
import type { RecentFacts } from './recent-facts';

type ListData = InfiniteData<ListPage, string | null>;
/** What ids are read again for: all lists, or one of them (its query's hash), which may take them in. */
type Purpose = 'rows' | `offer:${string}`;

const READ_EVERY_MS = 250;
const WAITING_IDS = 2_000;
const LOOK_AT_CLOCK_EVERY_MS = 5_000;
/** A claim follows the due time within a moment; before that there is nothing new to read. */
const AFTER_DUE_MS = 1_000;
/** Rows of a session that is up or down again: those on screen matter, the rest is read when it is reached. */
const ROWS_PER_SESSION = 500;

/** Lists and details of messages: what facts make of them, and what has to be read again. */
export class MessageCache {
  private readonly reading: ReadingQueue<Purpose>;
  private readonly details: Throttle;
  private readonly staleDetails = new Set<string>();
  private cancelLook: (() => void) | null = null;
  private lookedAt: number;

  constructor(
    private readonly client: TruesendClient,
    private readonly queries: QueryClient,
    private readonly keys: Keys,
    private readonly recent: RecentFacts<MessageFact>,
    private readonly clock: Clock,
  ) {
    this.reading = new ReadingQueue(clock, READ_EVERY_MS, WAITING_IDS, (purpose, ids) => this.readById(purpose, ids));
    this.details = new Throttle(clock, READ_EVERY_MS, READ_EVERY_MS / 5, () => {
      this.readDetailsAgain();
    });
    this.lookedAt = clock.now();
  }

  /** Looks at the clock until the answer is called: what becomes due changes without a fact. */
  run(): () => void {
    const look = () => {
      this.cancelLook = this.clock.after(LOOK_AT_CLOCK_EVERY_MS, look);
      this.readWhatBecameDue();
    };
    this.lookedAt = this.clock.now();
    this.cancelLook = this.clock.after(LOOK_AT_CLOCK_EVERY_MS, look);
    return () => {
      this.cancelLook?.();
      this.details.cancel();
      this.reading.clear();
    };
  }

  /** A page of a list, with what was heard while it was read. */
  async readPage(filter: MessageFilter, cursor: string | null, signal: AbortSignal): Promise<ListPage> {
    const page = await readMessages(this.client, filter, cursor, signal);
    const stale: string[] = [];
    const items = page.items.map((row) => {
      const fact = this.recent.get(row.id);
      const patched = fact ? applyMessageFact(row, fact) : row;
      if (patched !== row) stale.push(row.id);
      return patched;
    });
    if (stale.length > 0) this.reading.ask('rows', stale);
    return { items, next_cursor: page.next_cursor, waiting: [] };
  }

  apply(facts: readonly MessageFact[]): void {
    const newest = new Map<string, MessageFact>();
    for (const fact of facts) {
      const known = newest.get(fact.id);
      if (!known || fact.version >= known.version) newest.set(fact.id, fact);
    }
    for (const query of this.lists()) this.applyToList(query, newest);
    for (const fact of newest.values()) this.applyToDetail(fact);
  }

  /** A row that the API answered with. */
  put(row: MessageRow): void {
    const rows = new Map([[row.id, row]]);
    for (const query of this.lists()) this.change(query, (list) => replaceRows(list, rows));
    const key = this.keys.message(row.id);
    this.queries.setQueryData<MessageDetail>(key, (detail) =>
      detail && detail.version <= row.version ? { ...detail, ...row } : detail,
    );
    this.readDetailAgain(row.id);
  }

  /** What holds the session's messages has changed; their rows don't know it. */
  sessionChanged(sessionIds: ReadonlySet<string>): void {
    const isTouched = (row: MessageRow) =>
      row.status === 'pending' && (row.session_id === null || sessionIds.has(row.session_id));
    for (const query of this.lists()) {
      const touched = rowsOf(listOf(query)).filter(isTouched).slice(0, ROWS_PER_SESSION);
      if (touched.length > 0)
        this.reading.ask(
          'rows',
          touched.map((row) => row.id),
        );
    }
    for (const detail of this.cachedDetails()) if (isTouched(detail)) this.readDetailAgain(detail.id);
  }

  /** Facts may have been missed: reads all that is shown again, in place, and what has come since. */
  readAllAgain(): void {
    for (const query of this.lists()) void this.readListAgain(query);
    void this.queries.invalidateQueries({ queryKey: this.keys.messages });
  }

  /** What somebody knew of the row was wrong. */
  readAgain(messageId: string): void {
    this.reading.ask('rows', [messageId]);
    this.readDetailAgain(messageId);
  }

  showNewer(filter: MessageFilter): void {
    const query = this.queries.getQueryCache().find({ queryKey: this.keys.messageList(filter), exact: true });
    if (query) this.change(query, showWaiting);
  }

  private applyToList(query: Query, facts: ReadonlyMap<string, MessageFact>): void {
    const before = listOf(query);
    if (before.length === 0) return;
    const known = idsOf(before);
    const touched = [...facts.values()].filter((fact) => known.has(fact.id));
    if (touched.length > 0) {
      this.change(query, (list) => patchList(list, facts));
      this.reading.ask(
        'rows',
        touched.map((fact) => fact.id),
      );
    }
    const filter = filterOf(query);
    const offered = [...facts.values()].filter((fact) => !known.has(fact.id) && mayFit(fact, filter));
    if (offered.length > 0)
      this.reading.ask(
        `offer:${query.queryHash}`,
        offered.map((fact) => fact.id),
      );
  }

  private applyToDetail(fact: MessageFact): void {
    const key = this.keys.message(fact.id);
    this.queries.setQueryData<MessageDetail>(key, (detail) => detail && applyMessageFact(detail, fact));
    this.readDetailAgain(fact.id);
  }

  private async readById(purpose: Purpose, ids: readonly string[]): Promise<void> {
    if (purpose === 'rows') {
      const rows = new Map((await readMessagesById(this.client, ids)).map((row) => [row.id, row]));
      for (const query of this.lists()) this.change(query, (list) => replaceRows(list, rows));
      return;
    }
    const query = this.lists().find(({ queryHash }) => purpose === `offer:${queryHash}`);
    if (!query) return;
    const rows = await readMessagesById(this.client, ids, filterOf(query));
    this.change(query, (list) => offerRows(list, rows));
  }

  private async readListAgain(query: Query): Promise<void> {
    if (!query.state.data) await query.promise?.catch(() => undefined);
    if (!query.state.data) {
      await this.queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
      return;
    }
    this.reading.ask('rows', idsOf(listOf(query)));
    await this.offerNewest(query);
  }

  private async offerNewest(query: Query): Promise<void> {
    // a failure is not lost: the stream is away as well then, and comes back with everything or with another gap
    const page = await readMessages(this.client, filterOf(query), null).catch(() => null);
    if (page) this.change(query, (list) => offerRows(list, page.items));
  }

  private readWhatBecameDue(): void {
    const until = this.clock.now() - AFTER_DUE_MS;
    const becameDue = (row: MessageRow) => {
      const due = dueAt(row).getTime();
      return row.status === 'pending' && due > this.lookedAt && due <= until;
    };
    for (const query of this.lists()) {
      const due = rowsOf(listOf(query)).filter(becameDue);
      if (due.length > 0)
        this.reading.ask(
          'rows',
          due.map((row) => row.id),
        );
    }
    for (const detail of this.cachedDetails()) if (becameDue(detail)) this.readDetailAgain(detail.id);
    this.lookedAt = until;
  }

  private readDetailAgain(messageId: string): void {
    this.staleDetails.add(messageId);
    this.details.ask();
  }

  private readDetailsAgain(): void {
    for (const id of this.staleDetails) void this.queries.invalidateQueries({ queryKey: this.keys.message(id) });
    this.staleDetails.clear();
  }

  private lists(): readonly Query[] {
    return this.queries.getQueryCache().findAll({ queryKey: this.keys.messageLists, type: 'active' });
  }

  private cachedDetails(): readonly MessageDetail[] {
    const found = this.queries.getQueriesData<MessageDetail>({ queryKey: this.keys.messages });
    return found.flatMap(([, detail]) => (detail ? [detail] : []));
  }

  private change(query: Query, change: (list: MessageList) => MessageList): void {
    this.queries.setQueryData<ListData>(query.queryKey, (data) => {
      if (!data) return data;
      const pages = change(data.pages);
      return pages === data.pages ? data : { ...data, pages: [...pages] };
    });
  }
}

function listOf(query: Query): MessageList {
  return (query.state.data as ListData | undefined)?.pages ?? [];
}

function filterOf(query: Query): MessageFilter {
  return query.queryKey.at(-1) as MessageFilter;
}

/** Whether a message that is in no list yet could belong into this one; the API is asked about the rest of the filter. */
function mayFit(fact: MessageFact, filter: MessageFilter): boolean {
  if (filter.status && filter.status !== fact.status) return false;
  return !(filter.session_id && fact.session_id && filter.session_id !== fact.session_id);
}
