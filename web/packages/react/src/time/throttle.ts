import type { Clock } from './clock';

/**
 * Calls `work` soon after it is asked for, and at most once per `everyMs`. What is asked for meanwhile is one call.
 * `leadMs` is how long the first call waits for company.
 */
export class Throttle {
  private cancelTimer: (() => void) | null = null;
  private lastAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly leadMs: number,
    private readonly work: () => void,
  ) {}

  ask(): void {
    if (this.cancelTimer) return;
    const waitMs = Math.max(this.leadMs, this.lastAt + this.everyMs - this.clock.now());
    this.cancelTimer = this.clock.after(waitMs, () => {
      this.cancelTimer = null;
      this.lastAt = this.clock.now();
      this.work();
    });
  }

  cancel(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
  }
}
