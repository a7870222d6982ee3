import { ProblemError } from '../client/problem';
import { Store } from '../state/store';
import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import type { LiveStatus } from './live-status';
import { readEvents } from './read-events';
import type { ServerSentEvent } from './sse-parser';

export interface StreamTiming {
  /** No byte for so long: the connection is dead. */
  readonly silenceMs: number;
  /** The back-off's base, until the server names one. */
  readonly retryMs: number;
  readonly retryCapMs: number;
  /** How far `dataAsOf` may lag behind while live. */
  readonly freshnessMs: number;
}

export const STREAM_TIMING: StreamTiming = {
  silenceMs: 40_000,
  retryMs: 2_000,
  retryCapMs: 30_000,
  freshnessMs: 10_000,
};

export interface LiveStreamParts {
  readonly open: (options: { signal: AbortSignal; lastEventId?: string }) => Promise<ReadableStream<Uint8Array>>;
  readonly onEvent: (event: ServerSentEvent) => void;
  /** The stream runs, and what happened before is not told: what was read until now may be out of date. */
  readonly onGap: () => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timing?: Partial<StreamTiming>;
}

const NEVER: LiveStatus = { state: 'connecting', since: null, dataAsOf: null };

/** Follows GET /v1/events for as long as it is held, over every connection that breaks. Nothing is missed or told twice. */
export class LiveStream {
  readonly status = new Store<LiveStatus>(NEVER);
  private readonly timing: StreamTiming;
  private holders = 0;
  private ending: (() => void) | null = null;
  private running: AbortController | null = null;
  private hurry: (() => void) | null = null;
  private abandon: (() => void) | null = null;
  private lastEventId: string | null = null;
  private lastBytesAt: number | null = null;
  private failures = 0;
  private retryMs: number;

  constructor(private readonly parts: LiveStreamParts) {
    this.timing = { ...STREAM_TIMING, ...parts.timing };
    this.retryMs = this.timing.retryMs;
  }

  /** Runs the stream until the answer is called. Held again at once, as StrictMode does, it is the same connection. */
  hold(): () => void {
    this.holders += 1;
    this.ending?.();
    this.ending = null;
    if (!this.running) this.start();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.holders -= 1;
      if (this.holders === 0)
        this.ending = this.parts.clock.after(0, () => {
          this.stop();
        });
    };
  }

  /** Someone looks again, or the network is back: wait no longer, and doubt a connection that was silent for too long. */
  wake(): void {
    if (this.hurry) {
      this.failures = 0;
      this.hurry();
    } else if (this.lastBytesAt !== null && this.parts.clock.now() - this.lastBytesAt > this.timing.silenceMs) {
      this.abandon?.();
    }
  }

  private start(): void {
    const running = new AbortController();
    this.running = running;
    void this.run(running.signal);
  }

  private stop(): void {
    this.ending = null;
    this.running?.abort();
    this.running = null;
    this.failures = 0;
    this.status.set(NEVER);
  }

  private async run(signal: AbortSignal): Promise<void> {
    this.become('connecting');
    while (!signal.aborted) {
      const isTold = await this.connectOnce(signal);
      if (isAborted(signal)) return;
      this.become(this.lastBytesAt === null ? 'connecting' : 'reconnecting');
      if (isTold) this.failures = 0;
      const delayMs = backoffMs(
        this.failures,
        { baseMs: this.retryMs, capMs: this.timing.retryCapMs },
        this.parts.random,
      );
      this.failures += 1;
      await this.wait(delayMs, signal);
    }
  }

  /** Whether the connection told anything. */
  private async connectOnce(signal: AbortSignal): Promise<boolean> {
    const connection = new AbortController();
    const abandon = () => {
      connection.abort();
    };
    signal.addEventListener('abort', abandon);
    this.abandon = abandon;
    const resumed = this.lastEventId;
    let isTold = false;
    try {
      const body = await this.openWithin(connection, resumed);
      this.becomeLive();
      if (resumed === null) this.parts.onGap();
      await readEvents(
        body,
        {
          onBytes: () => {
            isTold = true;
            this.noteBytes();
          },
          onId: (id) => {
            this.lastEventId = id;
          },
          onRetry: (delayMs) => {
            this.retryMs = delayMs;
          },
          onEvent: (event) => {
            if (!signal.aborted) this.parts.onEvent(event);
          },
        },
        { signal: connection.signal, clock: this.parts.clock, silenceMs: this.timing.silenceMs },
      );
    } catch (error) {
      if (error instanceof ProblemError && error.type.endsWith(':bad-last-event-id')) this.lastEventId = null;
    } finally {
      connection.abort();
      signal.removeEventListener('abort', abandon);
      this.abandon = null;
    }
    return isTold;
  }

  private async openWithin(
    connection: AbortController,
    lastEventId: string | null,
  ): Promise<ReadableStream<Uint8Array>> {
    const giveUp = this.parts.clock.after(this.timing.silenceMs, () => {
      connection.abort();
    });
    try {
      return await this.parts.open({ signal: connection.signal, ...(lastEventId !== null && { lastEventId }) });
    } finally {
      giveUp();
    }
  }

  private async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = deferred();
    const cancelTimer = this.parts.clock.after(delayMs, resolve);
    this.hurry = resolve;
    signal.addEventListener('abort', resolve);
    await promise;
    signal.removeEventListener('abort', resolve);
    cancelTimer();
    this.hurry = null;
  }

  private become(state: LiveStatus['state']): void {
    const before = this.status.get();
    if (before.state === state && before.since !== null) return;
    const dataAsOf = this.lastBytesAt === null ? null : new Date(this.lastBytesAt);
    this.status.set({ state, since: new Date(this.parts.clock.now()), dataAsOf });
  }

  private becomeLive(): void {
    this.lastBytesAt = this.parts.clock.now();
    this.become('live');
  }

  private noteBytes(): void {
    const now = this.parts.clock.now();
    this.lastBytesAt = now;
    const status = this.status.get();
    if (now - (status.dataAsOf?.getTime() ?? 0) >= this.timing.freshnessMs) {
      this.status.set({ ...status, dataAsOf: new Date(now) });
    }
  }
}

/** Asked anew: between two looks at a signal there is an await. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
