import type { QueryClient } from '@tanstack/react-query';
import type { SessionFact, SessionRow } from '../api/types';
import type { TruesendClient } from '../client/client';
import { applySessionFact, needsReading } from '../sessions/apply-session-fact';
import type { Keys } from './keys';
import { readSessions } from './reads';
import type { RecentFacts } from './recent-facts';

/** The list of sessions: how it is read, and what facts make of it. */
export class SessionCache {
  /** What our own requests made of sessions (null: deleted), and when: a list that was asked for before may not know. */
  private readonly own = new Map<string, { readonly order: number; readonly row: SessionRow | null }>();
  private ownChanges = 0;

  constructor(
    private readonly client: TruesendClient,
    private readonly queries: QueryClient,
    private readonly keys: Keys,
    private readonly recent: RecentFacts<SessionFact>,
  ) {}

  /** All sessions as they are now: what was heard while they were read is not undone. */
  async read(signal: AbortSignal): Promise<SessionRow[]> {
    const asked = this.ownChanges;
    const rows = await readSessions(this.client, signal);
    const known = new Map(rows.map((row) => [row.id, row]));
    for (const [id, { order, row }] of this.own) {
      if (order <= asked) continue;
      if (row === null) known.delete(id);
      else if ((known.get(id)?.version ?? -1) < row.version) known.set(id, row);
    }
    return [...known.values()].map((row) => {
      const fact = this.recent.get(row.id);
      return fact ? applySessionFact(row, fact) : row;
    });
  }

  rows(): readonly SessionRow[] {
    return this.queries.getQueryData<readonly SessionRow[]>(this.keys.sessions) ?? [];
  }

  /** A row that the API answered with. */
  put(row: SessionRow): void {
    this.noteOwn(row.id, row);
    this.write((rows) => {
      const known = rows.find((other) => other.id === row.id);
      if (!known) return [...rows, row];
      return known.version > row.version ? rows : rows.map((other) => (other.id === row.id ? row : other));
    });
  }

  remove(sessionId: string): void {
    this.noteOwn(sessionId, null);
    this.write((rows) =>
      rows.some((row) => row.id === sessionId) ? rows.filter((row) => row.id !== sessionId) : rows,
    );
  }

  /** Patches rows in place. Answers whether the list has to be read again: a session nobody knows, or more than facts tell. */
  apply(facts: readonly SessionFact[]): boolean {
    if (!this.queries.getQueryData(this.keys.sessions)) return false;
    const byId = bySession(facts);
    const known = new Map(this.rows().map((row) => [row.id, row]));
    let mustRead = false;
    for (const [id, ofSession] of byId) {
      const row = known.get(id);
      const isDeleted = ofSession.some((fact) => fact.type === 'session.deleted');
      mustRead ||= row ? ofSession.some((fact) => needsReading(row, fact)) : !isDeleted;
    }
    this.write((rows) => {
      const kept = rows.filter((row) => !byId.get(row.id)?.some((fact) => fact.type === 'session.deleted'));
      const patched = kept.map((row) => (byId.get(row.id) ?? []).reduce(applySessionFact, row));
      return patched.length === rows.length && patched.every((row, index) => row === rows[index]) ? rows : patched;
    });
    return mustRead;
  }

  private noteOwn(id: string, row: SessionRow | null): void {
    this.ownChanges += 1;
    this.own.set(id, { order: this.ownChanges, row });
  }

  private write(change: (rows: readonly SessionRow[]) => readonly SessionRow[]): void {
    this.queries.setQueryData<readonly SessionRow[]>(this.keys.sessions, (rows) => rows && change(rows));
  }
}

function bySession(facts: readonly SessionFact[]): ReadonlyMap<string, readonly SessionFact[]> {
  const byId = new Map<string, SessionFact[]>();
  for (const fact of facts) byId.set(fact.id, [...(byId.get(fact.id) ?? []), fact]);
  return byId;
}
