import type { SessionFact } from '../api/types';
import { Store } from '../state/store';
import type { Clock } from '../time/clock';
import { traceIdOf } from './traceparent';

/** A verification from the request to the event that tells what came of it. */
export interface RoundTrip {
  readonly traceId: string;
  readonly sessionId: string;
  /** What the session turned out to be, in the table's words. */
  readonly status: string;
  readonly durationMs: number;
}

interface Begun {
  readonly at: number;
  readonly heardOf: Set<string>;
}

/** A trace that nobody has ended by then is somebody else's: another request's answer was ours, too. */
export const FORGOTTEN_AFTER_MS = 60_000;

/** Which verifications asked for here have come back, and in what time. */
export class RoundTrips {
  /** The last of each session, by its id. */
  readonly state = new Store<ReadonlyMap<string, RoundTrip>>(new Map());
  private readonly begun = new Map<string, Begun>();

  constructor(
    private readonly clock: Clock,
    private readonly onTrace?: (trace: RoundTrip) => void,
  ) {}

  /** A request with this traceparent goes out now. */
  begin(traceparent: string): void {
    const traceId = traceIdOf(traceparent);
    if (traceId === null) return;
    const at = this.clock.now();
    for (const [known, { at: begunAt }] of this.begun) if (at - begunAt > FORGOTTEN_AFTER_MS) this.begun.delete(known);
    this.begun.set(traceId, { at, heardOf: new Set() });
  }

  hear(fact: SessionFact): void {
    const traceId = traceIdOf(fact.traceparent);
    const begun = traceId === null ? undefined : this.begun.get(traceId);
    if (traceId === null || !begun || fact.type === 'session.verifying' || begun.heardOf.has(fact.id)) return;
    begun.heardOf.add(fact.id);
    const trip = { traceId, sessionId: fact.id, status: fact.status, durationMs: this.clock.now() - begun.at };
    this.state.set(new Map(this.state.get()).set(fact.id, trip));
    this.onTrace?.(trip);
  }
}
