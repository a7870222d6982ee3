import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTruesendClient } from '../src/index';
import { LiveStream } from '../src/stream/live-stream';
import type { ServerSentEvent } from '../src/stream/sse-parser';
import { ApiServer, problem } from './api-server';
import { ManualClock } from './manual-clock';

let api: ApiServer;
let clock: ManualClock;
let events: ServerSentEvent[];
let gaps: number;
let unauthorized: number;
let randomness: number;
let releases: (() => void)[];

beforeEach(async () => {
  api = await ApiServer.start();
  clock = new ManualClock();
  events = [];
  gaps = 0;
  unauthorized = 0;
  randomness = 0.5;
  releases = [];
});

afterEach(async () => {
  for (const release of releases) release();
  clock.advance(0);
  await api.stop();
});

function follow(): LiveStream {
  const client = createTruesendClient({
    baseUrl: api.url,
    getToken: () => 'key-a',
    onUnauthorized: () => (unauthorized += 1),
  });
  const stream = new LiveStream({
    open: (request) => client.stream('/v1/events', request),
    onEvent: (event) => events.push(event),
    onGap: () => (gaps += 1),
    clock,
    random: () => randomness,
  });
  releases.push(stream.hold());
  return stream;
}

async function becomes(stream: LiveStream, state: string): Promise<void> {
  while (stream.status.get().state !== state) {
    await new Promise<void>((resolve) => {
      const stop = stream.status.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

async function hears(count: number): Promise<void> {
  await expect.poll(() => events.length).toBe(count);
}

test('the key travels in a header, and in no address', async () => {
  follow();
  const { call } = await api.stream();

  expect(call.headers.authorization).toBe('Bearer key-a');
  expect([...call.query]).toEqual([]);
  expect(call.headers['last-event-id']).toBeUndefined();
});

test('a stream that is cut is resumed from the last event, after a while that is random', async () => {
  const stream = follow();
  (await api.stream()).begin(40, 2000).tell('session', { id: 'a' }, 41);
  await hears(1);

  api.streams[0]?.cut();
  await becomes(stream, 'reconnecting');
  await clock.waits(1000);
  clock.advance(1000);

  const second = await api.stream(1);
  expect(second.call.headers['last-event-id']).toBe('41');
  second.tell('session', { id: 'b' }, 42);
  await hears(2);
  expect(stream.status.get().state).toBe('live');
  expect(gaps).toBe(1);
});

test('a stream that never told an event is resumed from where it began', async () => {
  const stream = follow();
  (await api.stream()).begin(40, 2000);
  await expect.poll(() => stream.status.get().state).toBe('live');
  api.streams[0]?.end();
  await becomes(stream, 'reconnecting');
  await clock.waits(1000);
  clock.advance(1000);

  expect((await api.stream(1)).call.headers['last-event-id']).toBe('40');
});

test('a notice has no id, and does not move the place to resume from', async () => {
  const stream = follow();
  (await api.stream()).begin(40, 2000).tell('session', { id: 'a', type: 'session.verifying' });
  await hears(1);
  api.streams[0]?.cut();
  await becomes(stream, 'reconnecting');
  await clock.waits(1000);
  clock.advance(1000);

  expect((await api.stream(1)).call.headers['last-event-id']).toBe('40');
});

test('while the server is away each wait is twice as long at most, up to a limit', async () => {
  randomness = 1;
  api.on('GET /v1/events', () => problem(503, 'too-many-clients', 'Try again.'));
  follow();

  for (const delayMs of [2000, 4000, 8000, 16_000, 30_000, 30_000]) {
    await clock.waits(delayMs);
    clock.advance(delayMs);
  }

  await expect.poll(() => api.callsOf('GET /v1/events').length).toBe(7);
});

test('a connection that is silent for forty seconds is dead: another one is made', async () => {
  const stream = follow();
  (await api.stream()).begin(40, 2000);
  await becomes(stream, 'live');
  await clock.waits(40_000);
  clock.advance(39_000);
  api.streams[0]?.write(': keep-alive\n\n');
  await clock.waits(40_000);
  expect(stream.status.get().state).toBe('live');

  clock.advance(40_000);

  await becomes(stream, 'reconnecting');
  expect(stream.status.get().dataAsOf).toEqual(new Date(clock.now() - 40_000));
  await (
    await api.stream()
  ).closed;
});

test('who comes back to the page does not wait for the back-off', async () => {
  const stream = follow();
  (await api.stream()).begin(40, 2000);
  await becomes(stream, 'live');
  api.streams[0]?.cut();
  await becomes(stream, 'reconnecting');
  await clock.waits(1000);

  stream.wake();

  await api.stream(1);
});

test('a page that slept while its connection died makes another one when it wakes', async () => {
  const stream = follow();
  (await api.stream()).begin(40, 2000);
  await becomes(stream, 'live');
  await clock.waits(40_000);
  // a sleeping page's timers don't fire
  clock.sleep(60_000);

  stream.wake();

  await becomes(stream, 'reconnecting');
});

test('an answer 401 is told, and the next try asks for the key again', async () => {
  api.on('GET /v1/events', () => problem(401, 'unauthorized', 'This API key is not known.'));
  const stream = follow();
  await clock.waits(1000);

  expect(unauthorized).toBe(1);
  expect(stream.status.get().state).toBe('connecting');
  clock.advance(1000);
  await expect.poll(() => unauthorized).toBe(2);
});

test('a place that the server never gave is forgotten, and what was missed is read again', async () => {
  const stream = follow();
  const streaming = await api.stream();
  streaming.begin(40, 2000).tell('session', { id: 'a' }, 41);
  await hears(1);
  api.on('GET /v1/events', () => problem(400, 'bad-last-event-id', 'Was never given.'));
  streaming.cut();
  await becomes(stream, 'reconnecting');
  await clock.waits(1000);
  clock.advance(1000);
  await api.call('GET /v1/events', 1);
  await clock.waits(2000);
  clock.advance(2000);

  const third = await api.call('GET /v1/events', 2);
  expect(third.headers['last-event-id']).toBeUndefined();
});

test('held twice and let go once, as StrictMode does, it is one connection', async () => {
  const stream = follow();
  releases.push(stream.hold());
  releases.shift()?.();
  clock.advance(0);
  (await api.stream()).begin(1);
  await becomes(stream, 'live');

  expect(api.streams).toHaveLength(1);
});

test('let go and held again in one turn, it is the same connection; let go for good, it is closed', async () => {
  const stream = follow();
  await api.stream();
  releases.shift()?.();
  const release = stream.hold();
  clock.advance(0);
  expect(api.streams).toHaveLength(1);

  release();
  clock.advance(0);

  await api.streams[0]?.closed;
});
