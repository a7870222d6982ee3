import { act, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useBatch, useLive, useMessage, useOverview, useSession, useSessionHistory } from '../src/index';
import { ApiServer, ok, page } from './api-server';
import { clientOf, renderLive } from './render';
import { at, message, messageFact, session, sessionFact, uuid } from './rows';

let api: ApiServer;

beforeEach(async () => {
  api = await ApiServer.start();
});

afterEach(async () => {
  await api.stop();
});

const entry = (type: string, n: number) => ({ type, status: null, occurred_at: at(n), position: n, created_at: at(n) });

test('one message is kept up to date, and more of its history is read when it is asked for', async () => {
  let detail = { ...message(1), attempts: [], history: [entry('message.created', 1)], history_next_cursor: 'next' };
  api.on(`GET /v1/messages/${uuid(1)}`, () => ok(detail));
  api.on(`GET /v1/messages/${uuid(1)}/history`, () => page([entry('message.sent', 2)]));
  const { result } = renderLive(clientOf(api), () => useMessage(uuid(1)));
  await waitFor(() => {
    expect(result.current.message?.status).toBe('pending');
  });

  detail = { ...detail, status: 'failed', version: 2, vps_error: 'HTTP 400' };
  (await api.stream()).begin(1).tell('message', messageFact(message(1), 'message.failed', { status: 'failed' }), 2);
  await waitFor(() => {
    expect(result.current.message?.vps_error).toBe('HTTP 400');
  });
  act(() => {
    result.current.loadMoreHistory();
  });

  await waitFor(() => {
    expect(result.current.history.map((item) => item.type)).toEqual(['message.created', 'message.sent']);
  });
  expect(result.current.hasMoreHistory).toBe(false);
});

test('one session is the list’s, with how it may send', async () => {
  let paused = false;
  api.on('GET /v1/sessions', () => page([session(1)]));
  api.on(`GET /v1/sessions/${uuid(1)}/pace`, () => ok({ session_id: uuid(1), paused }));
  const { result } = renderLive(clientOf(api), () => useSession(uuid(1)));
  await waitFor(() => {
    expect(result.current.queue?.paused).toBe(false);
  });

  paused = true;
  (await api.stream()).begin(1).tell('session', sessionFact(session(1), 'session.paused', { version: 1 }), 2);

  await waitFor(() => {
    expect(result.current.queue?.paused).toBe(true);
  });
  expect(result.current.session?.id).toBe(uuid(1));
});

test('a session’s history is read again when something becomes of it', async () => {
  let items = [entry('session.connected', 1)];
  api.on(`GET /v1/sessions/${uuid(1)}/history`, () => page(items));
  const { result } = renderLive(clientOf(api), () => useSessionHistory(uuid(1)));
  await waitFor(() => {
    expect(result.current.items).toHaveLength(1);
  });

  items = [entry('session.disconnected', 2), ...items];
  (await api.stream()).begin(1).tell('session', sessionFact(session(1), 'session.disconnected'), 2);

  await waitFor(() => {
    expect(result.current.items.map((item) => item.type)).toEqual(['session.disconnected', 'session.connected']);
  });
});

test('the overview is read again when something happens, and notices are nothing', async () => {
  let count = 0;
  api.on('GET /v1/overview', () => ok({ hours: 24, read: ++count }));
  const { result } = renderLive(clientOf(api), () => useOverview());
  const stream = (await api.stream()).begin(1);
  // once, and once more since the stream began after the first was asked for
  await api.call('GET /v1/overview', 1);
  await waitFor(() => {
    expect(result.current.overview).toMatchObject({ read: 2 });
  });

  stream.tell('session', sessionFact(session(1), 'session.verified', { position: null }));
  stream.tell('message', messageFact(message(1), 'message.sent', { status: 'sent' }), 2);

  await waitFor(
    () => {
      expect(result.current.overview).toMatchObject({ read: 3 });
    },
    { timeout: 7_000 },
  );
}, 10_000);

test('a batch is read again as its messages change', async () => {
  let finished = false;
  api.on(`GET /v1/batches/${uuid(9)}`, () => ok({ id: uuid(9), finished }));
  const { result } = renderLive(clientOf(api), () => useBatch(uuid(9)));
  const stream = (await api.stream()).begin(1);
  await waitFor(() => {
    expect(result.current.batch?.finished).toBe(false);
  });

  finished = true;
  stream.tell('message', messageFact(message(1), 'message.sent', { status: 'sent' }), 2);

  await waitFor(
    () => {
      expect(result.current.batch?.finished).toBe(true);
    },
    { timeout: 4_000 },
  );
});

test('the stream says whether it is live, and since when', async () => {
  const { result } = renderLive(clientOf(api), useLive);
  expect(result.current.state).toBe('connecting');

  (await api.stream()).begin(1, 60_000);
  await waitFor(() => {
    expect(result.current.state).toBe('live');
  });
  expect(result.current.dataAsOf).not.toBeNull();
  api.streams[0]?.cut();

  await waitFor(() => {
    expect(result.current.state).toBe('reconnecting');
  });
});
