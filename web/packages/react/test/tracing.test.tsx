import { act, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { newTraceparent, traceIdOf, useRoundTrip, useWhatsAppSession, type RoundTrip } from '../src/index';
import { FORGOTTEN_AFTER_MS, RoundTrips } from '../src/tracing/round-trips';
import { ApiServer, page } from './api-server';
import { ManualClock } from './manual-clock';
import { clientOf, renderLive } from './render';
import { session, sessionFact } from './rows';

const ROW = session(1);
const VERIFY = `/v1/sessions/${ROW.id}/verify`;

describe('a traceparent', () => {
  test('names a trace and a span, and no two are the same', () => {
    const ids = Array.from({ length: 100 }, () => traceIdOf(newTraceparent()));

    expect(ids).not.toContain(null);
    expect(new Set(ids).size).toBe(100);
  });

  test.each([undefined, null, '', 'nonsense', `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`])('%s is none', (text) => {
    expect(traceIdOf(text)).toBeNull();
  });
});

describe('a round trip', () => {
  function begun(clock = new ManualClock()) {
    const heard: RoundTrip[] = [];
    const trips = new RoundTrips(clock, (trip) => heard.push(trip));
    const traceparent = newTraceparent();
    trips.begin(traceparent);
    return { trips, traceparent, heard, clock };
  }

  test('ends with the first event of its trace that tells what came of it', () => {
    const { trips, traceparent, heard, clock } = begun();

    trips.hear(sessionFact(ROW, 'session.verifying', { traceparent }));
    clock.advance(240);
    trips.hear(sessionFact(ROW, 'session.verified', { traceparent }));
    clock.advance(100);
    trips.hear(sessionFact(ROW, 'session.disconnected', { traceparent }));

    const trip = { traceId: traceIdOf(traceparent), sessionId: ROW.id, status: 'connected', durationMs: 240 };
    expect(heard).toEqual([trip]);
    expect(trips.state.get().get(ROW.id)).toEqual(trip);
  });

  test('is told once for each session that one request was about', () => {
    const { trips, traceparent, heard } = begun();
    const other = session(2);

    trips.hear(sessionFact(ROW, 'session.verified', { traceparent }));
    trips.hear(sessionFact(other, 'session.verified', { traceparent }));

    expect(heard.map((trip) => trip.sessionId)).toEqual([ROW.id, other.id]);
  });

  test('has nothing to do with the events of other traces, or of none', () => {
    const { trips, heard } = begun();

    trips.hear(sessionFact(ROW, 'session.verified', { traceparent: newTraceparent() }));
    trips.hear(sessionFact(ROW, 'session.verified'));

    expect(heard).toEqual([]);
  });

  test('is forgotten when nobody has ended it for long', () => {
    const { trips, traceparent, heard, clock } = begun();

    clock.advance(FORGOTTEN_AFTER_MS + 1);
    trips.begin(newTraceparent());
    trips.hear(sessionFact(ROW, 'session.verified', { traceparent }));

    expect(heard).toEqual([]);
  });
});

describe('the client', () => {
  let api: ApiServer;

  beforeEach(async () => {
    api = await ApiServer.start();
    api.on('GET /v1/sessions', () => page([ROW]));
    api.on(`POST ${VERIFY}`, () => ({ status: 202, body: { verifying: [ROW.id], fresh: [] } }));
  });

  afterEach(async () => {
    await api.stop();
  });

  function post(traceparent?: () => string | undefined) {
    const client = clientOf(api, traceparent && { traceparent });
    const params = { path: { session_id: ROW.id } };
    return client.http.POST('/v1/sessions/{session_id}/verify', { params });
  }

  test('begins a trace with each request that changes something, and with none that reads', async () => {
    await post();
    await post();
    await clientOf(api).http.GET('/v1/sessions');

    const ids = api.callsOf(`POST ${VERIFY}`).map((call) => traceIdOf(call.headers['traceparent'] as string));
    expect(new Set(ids).size).toBe(2);
    expect(ids).not.toContain(null);
    expect(api.callsOf('GET /v1/sessions')[0]?.headers).not.toHaveProperty('traceparent');
  });

  test("goes on with the host's own span", async () => {
    const own = newTraceparent();

    await post(() => own);

    expect(api.callsOf(`POST ${VERIFY}`)[0]?.headers['traceparent']).toBe(own);
  });

  test.each([
    ['gives none', () => undefined],
    ['gives nonsense', () => 'nonsense'],
    [
      'fails',
      () => {
        throw new Error('no tracing');
      },
    ],
  ])('begins a trace of its own where the host %s', async (_, traceparent) => {
    await post(traceparent);

    expect(traceIdOf(api.callsOf(`POST ${VERIFY}`)[0]?.headers['traceparent'] as string)).not.toBeNull();
  });

  test('tells of a verification when its event has come over the stream', async () => {
    const onTrace = vi.fn<(trace: RoundTrip) => void>();
    const { result } = renderLive(clientOf(api, { onTrace }), () => ({
      trip: useRoundTrip(ROW.id),
      refresh: useWhatsAppSession().refreshSession,
    }));
    const stream = await api.stream();
    stream.begin(1);
    await act(() => result.current.refresh(ROW.id));
    expect(result.current.trip).toBeNull();

    const traceparent = api.callsOf(`POST ${VERIFY}`)[0]?.headers['traceparent'] as string;
    stream.tell('session', sessionFact(ROW, 'session.verified', { traceparent }));

    await waitFor(() => {
      expect(result.current.trip?.traceId).toBe(traceIdOf(traceparent));
    });
    expect(onTrace).toHaveBeenCalledExactlyOnceWith(result.current.trip);
  });
});
