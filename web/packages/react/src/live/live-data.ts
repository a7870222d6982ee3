import { notifyManager, type QueryClient } from '@tanstack/react-query';
import type { MessageFact, SessionFact, SessionRow, VerifyAnswer } from '../api/types';
import type { TruesendClient } from '../client/client';
import { ProblemError } from '../client/problem';
import { LiveStream, type StreamTiming } from '../stream/live-stream';
import type { ServerSentEvent } from '../stream/sse-parser';
import type { Clock } from '../time/clock';
import { Throttle } from '../time/throttle';
import { RoundTrips } from '../tracing/round-trips';
import { keysOf, type Keys } from './keys';
import { MessageCache } from './message-cache';
import { Pairing } from './pairing';
import { given } from './reads';
import { RecentFacts } from './recent-facts';
import { SessionCache } from './session-cache';
import { Verification } from './verification';

export interface LiveDataParts {
  readonly client: TruesendClient;
  readonly queries: QueryClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timing?: Partial<StreamTiming>;
}

const FLUSH_EVERY_MS = 100;
const SESSIONS_EVERY_MS = 250;
const OVERVIEW_EVERY_MS = 5_000;
const BATCH_EVERY_MS = 2_000;
const FACTS_KEPT = 5_000;

/** Clients that have asked for their verification: once per client is once per page load, whatever is mounted again. */
const hasAsked = new WeakSet<TruesendClient>();

/** Everything below one provider: the stream, and what its facts make of all that was read. */
export class LiveData {
  readonly client: TruesendClient;
  readonly keys: Keys;
  readonly stream: LiveStream;
  readonly verification: Verification;
  readonly roundTrips: RoundTrips;
  readonly pairing: Pairing;
  readonly sessions: SessionCache;
  readonly messages: MessageCache;
  readonly queries: QueryClient;
  private readonly recentSessions = new RecentFacts<SessionFact>(FACTS_KEPT);
  private readonly recentMessages = new RecentFacts<MessageFact>(FACTS_KEPT);
  private readonly flushing: Throttle;
  private readonly readingSessions: Throttle;
  private readonly readingOverviews: Throttle;
  private readonly readingBatches: Throttle;
  private sessionFacts: SessionFact[] = [];
  private messageFacts: MessageFact[] = [];

  constructor({ client, queries, clock, random, timing }: LiveDataParts) {
    this.client = client;
    this.queries = queries;
    this.keys = keysOf(client);
    this.verification = new Verification(clock);
    this.roundTrips = new RoundTrips(clock, client.onTrace);
    this.sessions = new SessionCache(client, queries, this.keys, this.recentSessions);
    this.messages = new MessageCache(client, queries, this.keys, this.recentMessages, clock);
    this.pairing = new Pairing({
      client,
      clock,
      random,
      onCreated: (row) => {
        this.sessions.put(row);
      },
    });
    this.stream = new LiveStream({
      open: (request) => client.stream('/v1/events', request),
      onEvent: (event) => {
        this.take(event);
      },
      onGap: () => {
        this.readAllAgain();
      },
      clock,
      random,
      ...(timing && { timing }),
    });
    const again = (key: readonly unknown[]) => () => void this.readAgain(key);
    this.flushing = new Throttle(clock, FLUSH_EVERY_MS, 0, () => {
      this.flush();
    });
    this.readingSessions = new Throttle(clock, SESSIONS_EVERY_MS, 50, again(this.keys.sessions));
    this.readingOverviews = new Throttle(clock, OVERVIEW_EVERY_MS, 500, again(this.keys.overviews));
    this.readingBatches = new Throttle(clock, BATCH_EVERY_MS, 250, again(this.keys.batches));
  }

  /** Runs until the answer is called. */
  hold(): () => void {
    const release = this.stream.hold();
    const stopLooking = this.messages.run();
    return () => {
      release();
      stopLooking();
    };
  }

  /** All sessions. The first time that they are read by this client, their gateways are asked. */
  async readSessions(signal: AbortSignal): Promise<SessionRow[]> {
    const mark = this.verification.mark();
    const rows = await this.sessions.read(signal);
    this.verification.takeRows(rows, mark);
    void this.verifyOnce(rows);
    return rows;
  }

  private async verifyOnce(rows: readonly SessionRow[]): Promise<void> {
    if (hasAsked.has(this.client)) return;
    hasAsked.add(this.client);
    const mark = this.verification.mark();
    try {
      const { data } = await this.client.http.POST('/v1/sessions/verify', { body: {}, headers: this.beginTrace() });
      this.verification.take(given(data), rows, mark);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      // nobody was asked; the next time that sessions are read is another chance
      hasAsked.delete(this.client);
    }
  }

  /** Has one session's gateway asked. Throws ProblemError. */
  async verify(sessionId: string): Promise<VerifyAnswer> {
    const mark = this.verification.mark();
    const request = { params: { path: { session_id: sessionId } }, headers: this.beginTrace() };
    const { data } = await this.client.http.POST('/v1/sessions/{session_id}/verify', request);
    const answer = given(data);
    this.verification.take(answer, this.sessions.rows(), mark);
    return answer;
  }

  /** The header of a request whose answer comes over the stream. */
  private beginTrace(): { readonly traceparent: string } {
    const traceparent = this.client.traceparent();
    this.roundTrips.begin(traceparent);
    return { traceparent };
  }

  private take(event: ServerSentEvent): void {
    if (event.type === 'session') this.takeSessionFact(JSON.parse(event.data) as SessionFact);
    else if (event.type === 'message') this.takeMessageFact(JSON.parse(event.data) as MessageFact);
    else if (event.type === 'reset') this.readAllAgain();
  }

  private takeSessionFact(fact: SessionFact): void {
    this.roundTrips.hear(fact);
    this.recentSessions.note(fact);
    this.sessionFacts.push(fact);
    this.flushing.ask();
  }

  private takeMessageFact(fact: MessageFact): void {
    this.recentMessages.note(fact);
    this.messageFacts.push(fact);
    this.flushing.ask();
  }

  /** A thousand facts that come at once are one change of the page. */
  private flush(): void {
    const { sessionFacts, messageFacts } = this;
    this.sessionFacts = [];
    this.messageFacts = [];
    notifyManager.batch(() => {
      if (sessionFacts.length > 0) this.applySessionFacts(sessionFacts);
      if (messageFacts.length > 0) this.messages.apply(messageFacts);
    });
    const changes = sessionFacts.filter((fact) => !isNotice(fact));
    if (changes.length > 0 || messageFacts.length > 0) this.readingOverviews.ask();
    if (messageFacts.length > 0) this.readingBatches.ask();
  }

  private applySessionFacts(facts: readonly SessionFact[]): void {
    this.verification.hear(facts);
    if (this.sessions.apply(facts)) this.readingSessions.ask();
    const changed = new Set(facts.filter((fact) => !isNotice(fact)).map((fact) => fact.id));
    if (changed.size === 0) return;
    this.messages.sessionChanged(changed);
    for (const id of changed) {
      void this.queries.invalidateQueries({ queryKey: this.keys.queue(id) });
      void this.queries.invalidateQueries({ queryKey: this.keys.sessionHistory(id) });
    }
  }

  private readAllAgain(): void {
    this.messages.readAllAgain();
    this.readingSessions.ask();
    this.readingOverviews.ask();
    this.readingBatches.ask();
    void this.queries.invalidateQueries({ queryKey: this.keys.queues });
  }

  /** Reads again what is shown. What is being read for the first time may be older than what we know: it is read twice. */
  private async readAgain(key: readonly unknown[]): Promise<void> {
    const underWay = this.queries.getQueryCache().findAll({ queryKey: key, fetchStatus: 'fetching' });
    await Promise.allSettled(underWay.flatMap((query) => query.promise ?? []));
    await this.queries.invalidateQueries({ queryKey: key });
  }
}

function isNotice(fact: SessionFact): boolean {
  return fact.type === 'session.verifying' || fact.type === 'session.verified';
}
