import type { SessionFact, SessionRow, VerifyAnswer } from '../api/types';
import { Store } from '../state/store';
import type { Clock } from '../time/clock';

export interface VerificationState {
  /** Sessions whose gateway is being asked now. */
  readonly verifying: ReadonlySet<string>;
  /** What sessions turned out to be since the page was loaded, in the table's words. */
  readonly verified: ReadonlyMap<string, string>;
}

/** Longer than any gateway is waited for: after this nobody is asking any more, whatever was lost on the way. */
export const VERIFYING_LIMIT_MS = 30_000;

const NOT_AN_ANSWER: ReadonlySet<string> = new Set([
  'session.cannot_verify',
  'session.paused',
  'session.resumed',
  'session.paced',
  'session.reconnect_requested',
  'session.disconnect_requested',
  'session.deleted',
]);
const NOT_AN_END: ReadonlySet<string> = new Set([...NOT_AN_ANSWER].filter((type) => type !== 'session.cannot_verify'));

/** Which sessions are being verified: from what the API answers and what the stream tells, in whatever order they come. */
export class Verification {
  readonly state = new Store<VerificationState>({ verifying: new Set(), verified: new Map() });
  private readonly endsAt = new Map<string, number>();
  private readonly heardOf = new Map<string, number>();
  /** How a session's row stood when its verification was asked for. */
  private readonly lookedLike = new Map<string, string>();
  private heard = 0;
  private cancelTimer: (() => void) | null = null;

  constructor(private readonly clock: Clock) {}

  /** Before a request: what is heard of a session from here on is newer than the request's answer. */
  mark(): number {
    return this.heard;
  }

  /** What a request that began at `mark` was answered. A session whose result overtook the answer gets no spinner. */
  take(answer: VerifyAnswer, rows: readonly SessionRow[], mark: number): void {
    const verified = new Map(this.state.get().verified);
    const fresh = new Set(answer.fresh);
    for (const row of rows) if (fresh.has(row.id) && !verified.has(row.id)) verified.set(row.id, row.status);
    this.begin(answer.verifying.filter((id) => (this.heardOf.get(id) ?? 0) <= mark));
    for (const row of rows) if (this.endsAt.has(row.id)) this.lookedLike.set(row.id, lookOf(row));
    this.publish(verified);
  }

  /** Rows as they were read: some are being verified; others have been since it was asked for, though the stream, which began
   * too late for it, did not tell. */
  takeRows(rows: readonly SessionRow[], mark: number): void {
    for (const row of rows) {
      const before = this.lookedLike.get(row.id);
      if (before !== undefined && before !== lookOf(row) && !row.verifying) this.end(row.id);
    }
    const verifying = rows.filter((row) => row.verifying && (this.heardOf.get(row.id) ?? 0) <= mark);
    this.begin(verifying.map((row) => row.id).filter((id) => !this.endsAt.has(id)));
    this.publish(this.state.get().verified);
  }

  hear(facts: readonly SessionFact[]): void {
    const verified = new Map(this.state.get().verified);
    for (const fact of facts) {
      if (fact.type === 'session.verifying') {
        this.begin([fact.id]);
      } else if (!NOT_AN_END.has(fact.type)) {
        this.heard += 1;
        this.heardOf.set(fact.id, this.heard);
        this.end(fact.id);
        if (!NOT_AN_ANSWER.has(fact.type)) verified.set(fact.id, fact.status);
      }
    }
    this.publish(verified);
  }

  private begin(ids: readonly string[]): void {
    const endsAt = this.clock.now() + VERIFYING_LIMIT_MS;
    for (const id of ids) this.endsAt.set(id, endsAt);
  }

  private end(id: string): void {
    this.endsAt.delete(id);
    this.lookedLike.delete(id);
  }

  private publish(verified: ReadonlyMap<string, string>): void {
    const before = this.state.get();
    const verifying = new Set(this.endsAt.keys());
    const isSame = sameSet(before.verifying, verifying);
    if (isSame && sameMap(before.verified, verified)) return;
    this.state.set({
      verifying: isSame ? before.verifying : verifying,
      verified: sameMap(before.verified, verified) ? before.verified : verified,
    });
    this.watch();
  }

  private watch(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    if (this.endsAt.size === 0) return;
    const nextEnd = Math.min(...this.endsAt.values());
    this.cancelTimer = this.clock.after(Math.max(0, nextEnd - this.clock.now()), () => {
      this.cancelTimer = null;
      for (const [id, endsAt] of this.endsAt) if (endsAt <= this.clock.now()) this.end(id);
      this.publish(this.state.get().verified);
      this.watch();
    });
  }
}

/** What every verification changes, whatever comes of it. */
function lookOf({ last_verified_at, last_error_at }: SessionRow): string {
  return `${last_verified_at} ${last_error_at}`;
}

function sameSet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((id) => other.has(id));
}

function sameMap(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([id, value]) => other.get(id) === value);
}
