import { ProblemError } from '../client/problem';
import type { Clock } from '../time/clock';

export const IDS_PER_READING = 100;
const PAUSE_AFTER_FAILURE_MS = 5_000;

/** Reads `ids` for a purpose; what that means is its owner's. Rejects with ProblemError where the API refuses. */
export type Read<Purpose extends string> = (purpose: Purpose, ids: readonly string[]) => Promise<void>;

/** Reads rows again by id: many ids in one request, and at most one request per `everyMs`, whatever is asked for. */
export class ReadingQueue<Purpose extends string> {
  private readonly waiting = new Map<Purpose, Set<string>>();
  private cancelTimer: (() => void) | null = null;
  private lastAt = Number.NEGATIVE_INFINITY;
  private isReading = false;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    /** What waits beyond this is forgotten, the oldest first: under a flood the newest matter. */
    private readonly limit: number,
    private readonly read: Read<Purpose>,
  ) {}

  ask(purpose: Purpose, ids: Iterable<string>): void {
    const wanted = this.waiting.get(purpose) ?? new Set<string>();
    for (const id of ids) wanted.add(id);
    for (const id of wanted) {
      if (wanted.size <= this.limit) break;
      wanted.delete(id);
    }
    if (wanted.size > 0) this.waiting.set(purpose, wanted);
    this.schedule(0);
  }

  clear(): void {
    this.waiting.clear();
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private schedule(atLeastMs: number): void {
    if (this.cancelTimer || this.isReading || this.waiting.size === 0) return;
    // the first one waits too: facts seldom come alone
    const waitMs = Math.max(atLeastMs, this.everyMs / 5, this.lastAt + this.everyMs - this.clock.now());
    this.cancelTimer = this.clock.after(waitMs, () => {
      this.cancelTimer = null;
      void this.readNext();
    });
  }

  private async readNext(): Promise<void> {
    const next = this.waiting.entries().next();
    if (next.done) return;
    const [purpose, wanted] = next.value;
    const ids = [...wanted].slice(0, IDS_PER_READING);
    for (const id of ids) wanted.delete(id);
    this.waiting.delete(purpose);
    // behind the others: purposes take turns
    if (wanted.size > 0) this.waiting.set(purpose, wanted);
    this.lastAt = this.clock.now();
    this.isReading = true;
    let pauseMs = 0;
    try {
      await this.read(purpose, ids);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (isPassing(error)) {
        pauseMs = PAUSE_AFTER_FAILURE_MS;
        this.waiting.set(purpose, new Set([...ids, ...(this.waiting.get(purpose) ?? [])]));
      }
    } finally {
      this.isReading = false;
      this.schedule(pauseMs);
    }
  }
}

function isPassing(error: ProblemError): boolean {
  return error.status === 0 || error.status === 429 || error.status >= 500;
}
