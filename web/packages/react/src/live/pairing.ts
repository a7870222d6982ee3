import type { PairingAnswer, SessionRow } from '../api/types';
import type { TruesendClient } from '../client/client';
import { ProblemError } from '../client/problem';
import type { ActionResult } from '../client/result';
import type { ConnectionState } from '../sessions/connection';
import { Store } from '../state/store';
import { readEvents } from '../stream/read-events';
import type { ServerSentEvent } from '../stream/sse-parser';
import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import { dateOf } from '../time/instant';
import { given } from './reads';

export interface PairingParts {
  readonly client: TruesendClient;
  readonly clock: Clock;
  readonly random: () => number;
  /** A session that `connect` made, before it is paired. */
  readonly onCreated: (row: SessionRow) => void;
}

/** What a new session is called, and on which gateway it is; the API's own choice, if not given. */
export interface NewSessionOptions {
  readonly displayName?: string;
  readonly gateway?: string;
}

export type Paired = ActionResult<{ readonly sessionId: string } | null>;

interface CodeRequest {
  readonly phoneNumber: string;
  readonly settle: (result: ActionResult<null>) => void;
}

interface Shown {
  readonly isAnswered: boolean;
  readonly isConnected: boolean;
}

const IDLE: ConnectionState = {
  isConnecting: false,
  sessionId: null,
  qrCode: null,
  pairingCode: null,
  expiresAt: null,
  offersPairingCode: false,
  error: null,
  problem: null,
  status: null,
};
/** `type` of the error when nobody scanned the code. */
export const PAIRING_TIMED_OUT = 'urn:truesend:problem:pairing-timed-out';
const DONE: ActionResult<null> = { ok: true, value: null };
// the gateway gives no such codes; that is no phone number
const REFUSALS_OF_A_REQUEST: ReadonlySet<number> = new Set([409, 422]);
const PAIRING_LIMIT_MS = 10 * 60_000;
const SILENCE_MS = 40_000;
const BACKOFF = { baseMs: 1_000, capMs: 10_000 };

/** Connects one session at a time: has the gateway start it, shows its code as the gateway renews it, ends when connected. */
export class Pairing {
  readonly state = new Store<ConnectionState>(IDLE);
  private running: AbortController | null = null;
  private reading: AbortController | null = null;
  private request: CodeRequest | null = null;
  private holders = 0;

  constructor(private readonly parts: PairingParts) {}

  /** While somebody shows the state; nobody's pairing is cancelled. */
  hold(): () => void {
    this.holders += 1;
    return () => {
      this.holders -= 1;
      // StrictMode lets go and holds again at once
      this.parts.clock.after(0, () => {
        if (this.holders === 0) this.cancel();
      });
    };
  }

  /** Resolves at the end: connected, refused, or cancelled (null). Another one that was under way is cancelled. */
  async connect(sessionId?: string, newSession: NewSessionOptions = {}): Promise<Paired> {
    this.cancel();
    const running = new AbortController();
    this.running = running;
    this.state.set({ ...IDLE, isConnecting: true, sessionId: sessionId ?? null });
    try {
      const id = sessionId ?? (await this.create(newSession, running.signal));
      this.show(running, { sessionId: id });
      await this.start(id, running.signal);
      const isConnected = await this.follow(id, running);
      this.finish(running, isConnected ? { ...IDLE, sessionId: id, status: 'connected' } : IDLE);
      return { ok: true, value: isConnected ? { sessionId: id } : null };
    } catch (error) {
      if (running.signal.aborted) return { ok: true, value: null };
      if (!(error instanceof ProblemError)) throw error;
      const { sessionId: id } = this.state.get();
      this.finish(running, { ...IDLE, sessionId: id, error: error.detail, problem: error });
      return { ok: false, error };
    }
  }

  /**
   * Has the gateway give a code for this number while `connect` runs; it comes with the state. Resolves when the API took
   * the request or refused it. One request is one code: asking again can end the code that somebody is typing.
   */
  async requestPairingCode(phoneNumber: string): Promise<ActionResult<null>> {
    if (!this.running) return DONE;
    this.settle(this.request, DONE);
    return new Promise((settle) => {
      this.request = { phoneNumber, settle };
      this.reading?.abort();
    });
  }

  /** Ends what `connect` began; the gateway is left as it is. */
  cancel(): void {
    this.running?.abort();
    this.running = null;
    this.settle(this.request, DONE);
    this.state.set(IDLE);
  }

  private async create({ displayName, gateway }: NewSessionOptions, signal: AbortSignal): Promise<string> {
    const body = {
      ...(displayName !== undefined && { display_name: displayName }),
      ...(gateway !== undefined && { gateway }),
    };
    const { data } = await this.parts.client.http.POST('/v1/sessions', { body, signal });
    const row = given(data);
    this.parts.onCreated(row);
    return row.id;
  }

  private async start(sessionId: string, signal: AbortSignal): Promise<void> {
    try {
      const path = { session_id: sessionId };
      await this.parts.client.http.POST('/v1/sessions/{session_id}/reconnect', { params: { path }, body: {}, signal });
    } catch (error) {
      // somebody asked for it just now: what comes of that is what is wanted
      if (!(error instanceof ProblemError && error.type === 'urn:truesend:problem:conflict')) throw error;
    }
  }

  /** Whether it got connected; false when it was cancelled. A stream that ends or breaks before is opened again. */
  private async follow(sessionId: string, running: AbortController): Promise<boolean> {
    const { clock, random } = this.parts;
    const endsAt = clock.now() + PAIRING_LIMIT_MS;
    let failures = 0;
    while (!running.signal.aborted) {
      if (clock.now() >= endsAt) throw timedOut();
      const { request } = this;
      const shown = await this.showCodes(sessionId, running, request);
      if (shown.isConnected) return true;
      if (this.request !== null && this.request !== request) continue;
      failures = shown.isAnswered ? 0 : failures + 1;
      await pause(clock, backoffMs(failures, BACKOFF, random), running.signal);
    }
    return false;
  }

  /** One stream to its end, or to its break. Throws where the API refuses. */
  private async showCodes(sessionId: string, running: AbortController, request: CodeRequest | null): Promise<Shown> {
    const shown = { isAnswered: false, isConnected: false };
    const reading = new AbortController();
    this.reading = reading;
    const stop = () => {
      reading.abort();
    };
    const take = (event: ServerSentEvent) => {
      shown.isAnswered = true;
      this.settle(request, DONE);
      if (event.type === 'qr') this.show(running, shownBy(JSON.parse(event.data) as PairingAnswer, request !== null));
      if (event.type !== 'connected') return;
      shown.isConnected = true;
      stop();
    };
    const reader = { onEvent: take, onBytes: nothing, onId: nothing, onRetry: nothing };
    running.signal.addEventListener('abort', stop);
    try {
      const { signal } = reading;
      const query = request ? `?${new URLSearchParams({ phone_number: request.phoneNumber }).toString()}` : '';
      const body = await this.parts.client.stream(`/v1/sessions/${sessionId}/qr${query}`, { signal });
      await readEvents(body, reader, { signal, clock: this.parts.clock, silenceMs: SILENCE_MS });
    } catch (error) {
      if (error instanceof ProblemError && error.status !== 0 && error.status < 500) {
        if (request === null || !REFUSALS_OF_A_REQUEST.has(error.status)) throw error;
        shown.isAnswered = true;
        this.settle(request, { ok: false, error });
      }
    } finally {
      running.signal.removeEventListener('abort', stop);
      stop();
    }
    return shown;
  }

  private settle(request: CodeRequest | null, result: ActionResult<null>): void {
    if (this.request === request) this.request = null;
    request?.settle(result);
  }

  private show(running: AbortController, shown: Partial<ConnectionState>): void {
    if (!running.signal.aborted) this.state.set({ ...this.state.get(), ...shown });
  }

  private finish(running: AbortController, state: ConnectionState): void {
    if (this.running !== running) return;
    this.running = null;
    this.settle(this.request, DONE);
    this.state.set(state);
  }
}

function shownBy(answer: PairingAnswer, wantsPairingCode: boolean): Partial<ConnectionState> {
  const isAmiss = answer.status === 'cannot_tell' || (wantsPairingCode && answer.pairing_code === null);
  return {
    status: answer.status,
    qrCode: answer.qr,
    pairingCode: answer.pairing_code,
    expiresAt: dateOf(answer.qr_expires_at),
    offersPairingCode: answer.offers_pairing_code,
    error: isAmiss ? answer.detail : null,
  };
}

function timedOut(): ProblemError {
  const detail = 'The code was not scanned within ten minutes. Connect again for a new one.';
  return new ProblemError({ type: PAIRING_TIMED_OUT, title: 'Timed out', status: 0, detail });
}

async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const cancelTimer = clock.after(delayMs, resolve);
    signal.addEventListener('abort', () => {
      cancelTimer();
      resolve();
    });
  });
}

function nothing(): void {
  // a pairing stream is not resumed
}
