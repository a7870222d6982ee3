import type { Clock } from '../src/time/clock';

interface Timer {
  readonly dueAt: number;
  readonly call: () => void;
}

/** A clock that a test moves. `waits` resolves when something waits for it. */
export class ManualClock implements Clock {
  private time = Date.UTC(2026, 2, 1, 9, 0, 0);
  private readonly timers = new Set<Timer>();
  private watchers: (() => void)[] = [];

  readonly now = () => this.time;

  readonly after = (delayMs: number, call: () => void) => {
    const timer = { dueAt: this.time + delayMs, call };
    this.timers.add(timer);
    for (const wake of this.watchers.splice(0)) wake();
    return () => {
      this.timers.delete(timer);
    };
  };

  /** Resolves when something is to be called after exactly so long. */
  async waits(delayMs: number): Promise<void> {
    while (![...this.timers].some((timer) => timer.dueAt === this.time + delayMs)) {
      await new Promise<void>((resolve) => this.watchers.push(resolve));
    }
  }

  /** Time passes, and no timer fires. */
  sleep(forMs: number): void {
    this.time += forMs;
  }

  advance(byMs: number): void {
    const until = this.time + byMs;
    for (;;) {
      const [next] = [...this.timers].filter(({ dueAt }) => dueAt <= until).sort((a, b) => a.dueAt - b.dueAt);
      if (!next) break;
      this.timers.delete(next);
      this.time = Math.max(this.time, next.dueAt);
      next.call();
    }
    this.time = until;
  }
}
