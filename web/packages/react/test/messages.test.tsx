import { act, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useBulkRetry, useMessageActions, useMessages, type MessageRow } from '../src/index';
import { ApiServer, ok, page, problem, type Call } from './api-server';
import { clientOf, renderLive } from './render';
import { message, messageFact, session, sessionFact, uuid } from './rows';

let api: ApiServer;
let rows: MessageRow[];

beforeEach(async () => {
  api = await ApiServer.start();
  rows = [message(3), message(2), message(1)];
  api.on('GET /v1/messages', ({ query }) => {
    const ids = query.getAll('id');
    const status = query.get('status');
    const fitting = rows.filter((row) => status === null || row.status === status);
    return page(ids.length > 0 ? fitting.filter((row) => ids.includes(row.id)) : fitting);
  });
});

afterEach(async () => {
  await api.stop();
});

function isReading(call: Call): boolean {
  return call.query.has('id');
}

async function shown(filter?: Parameters<typeof useMessages>[0]) {
  const rendered = renderLive(clientOf(api), () => ({ list: useMessages(filter), actions: useMessageActions() }));
  const stream = (await api.stream()).begin(1);
  await waitFor(() => {
    expect(rendered.result.current.list.isLoading).toBe(false);
  });
  return { ...rendered, stream };
}

test('a fact changes the row in its place, and what it does not carry is read again', async () => {
  const { result, stream } = await shown();
  rows = [message(3), message(2, { status: 'failed', version: 2, vps_error: 'HTTP 400' }), message(1)];

  stream.tell('message', messageFact(message(2), 'message.failed', { status: 'failed', error_message: 'Refused' }), 2);

  await waitFor(() => {
    expect(result.current.list.messages.map((row) => row.status)).toEqual(['pending', 'failed', 'pending']);
  });
  await waitFor(() => {
    expect(result.current.list.messages[1]?.vps_error).toBe('HTTP 400');
  });
});

test('many facts at once are read again in one request', async () => {
  const { result, stream } = await shown();
  await waitFor(() => {
    expect(api.calls.filter(isReading)).toHaveLength(1);
  });
  rows = rows.map((row) => ({ ...row, status: 'sent', version: 2 }));
  for (const row of [message(1), message(2), message(3)]) {
    stream.tell('message', messageFact(row, 'message.sent', { status: 'sent' }), 2);
  }

  await waitFor(() => {
    expect(result.current.list.messages.every((row) => row.status === 'sent')).toBe(true);
  });
  await waitFor(() => {
    expect(api.calls.filter(isReading)).toHaveLength(2);
  });
  expect(api.calls.filter(isReading)[1]?.query.getAll('id').toSorted()).toEqual([uuid(1), uuid(2), uuid(3)]);
});

test('a new message is counted, and shown when it is asked for', async () => {
  const { result, stream } = await shown();
  rows = [message(4), ...rows];

  stream.tell('message', messageFact(message(4), 'message.created', { version: 1 }), 2);

  await waitFor(() => {
    expect(result.current.list.newer).toBe(1);
  });
  expect(result.current.list.messages.map((row) => row.id)).toEqual([uuid(3), uuid(2), uuid(1)]);
  act(() => {
    result.current.list.showNewer();
  });
  await waitFor(() => {
    expect(result.current.list.messages.map((row) => row.id)).toEqual([uuid(4), uuid(3), uuid(2), uuid(1)]);
  });
  expect(result.current.list.newer).toBe(0);
});

test('a row that no longer fits the filter stays where it is; the API says whether another one does', async () => {
  rows = [message(3, { status: 'failed' }), message(2), message(1, { status: 'failed' })];
  const { result, stream } = await shown({ status: 'failed' });
  rows = [message(3, { version: 2 }), message(2, { status: 'failed', version: 2 }), message(1, { status: 'failed' })];

  stream.tell('message', messageFact(message(3), 'message.retried', { status: 'pending' }), 2);
  stream.tell('message', messageFact(message(2), 'message.failed', { status: 'failed' }), 3);

  await waitFor(() => {
    expect(result.current.list.newer).toBe(1);
  });
  expect(result.current.list.messages.map((row) => [row.id, row.status])).toEqual([
    [uuid(3), 'pending'],
    [uuid(1), 'failed'],
  ]);
});

test('when a session goes down, its waiting messages say so', async () => {
  const { result, stream } = await shown();
  rows = rows.map((row) => ({ ...row, held_reason: 'session_down' }));

  stream.tell('session', sessionFact(session(1), 'session.disconnected', { status: 'disconnected' }), 2);

  await waitFor(() => {
    expect(result.current.list.messages.every((row) => row.held_reason === 'session_down')).toBe(true);
  });
});

test('after a reset rows are renewed in place, and new ones wait', async () => {
  const { result, stream } = await shown();
  rows = [message(4), message(3, { status: 'sent', version: 5 }), message(2), message(1)];

  stream.tell('reset', { after: 1 });

  await waitFor(() => {
    expect(result.current.list.newer).toBe(1);
  });
  await waitFor(() => {
    expect(result.current.list.messages.map((row) => row.status)).toEqual(['sent', 'pending', 'pending']);
  });
});

test('a page that is asked for does not undo what facts have changed meanwhile', async () => {
  let answer: (() => void) | undefined;
  api.on('GET /v1/messages', ({ query }) => {
    if (query.has('id')) return page([]);
    if (!query.has('cursor')) return page([message(3), message(2)], 'more');
    return new Promise((resolve) => {
      answer = () => {
        resolve(page([message(1)]));
      };
    });
  });
  const { result, stream } = await shown();
  act(() => {
    result.current.list.loadMore();
  });
  await waitFor(() => {
    expect(answer).toBeDefined();
  });
  stream.tell('message', messageFact(message(3), 'message.sent', { status: 'sent' }), 2);
  await waitFor(() => {
    expect(result.current.list.messages[0]?.status).toBe('sent');
  });

  answer?.();

  await waitFor(() => {
    expect(result.current.list.messages.map((row) => row.status)).toEqual(['sent', 'pending', 'pending']);
  });
});

test('what an action is answered is in the list at once', async () => {
  api.on(`POST /v1/messages/${uuid(2)}/cancel`, () => ok(message(2, { status: 'cancelled', version: 2 })));
  const { result } = await shown();

  const outcome = await act(() => result.current.actions.cancel(uuid(2), 'not needed'));

  expect(outcome.ok).toBe(true);
  expect(api.callsOf(`POST /v1/messages/${uuid(2)}/cancel`)[0]?.body).toEqual({ reason: 'not needed' });
  await waitFor(() => {
    expect(result.current.list.messages[1]?.status).toBe('cancelled');
  });
  expect(result.current.actions.busyMessageIds.size).toBe(0);
});

test('a refused action tells why, and the row that was out of date is read again', async () => {
  const current = { status: 'sent' };
  api.on(`POST /v1/messages/${uuid(2)}/cancel`, () => problem(409, 'conflict', 'The message was sent.', { current }));
  const { result } = await shown();
  rows = [message(3), message(2, { status: 'sent', version: 3 }), message(1)];

  const outcome = await act(() => result.current.actions.cancel(uuid(2)));

  expect(outcome).toMatchObject({ ok: false, error: { detail: 'The message was sent.', current } });
  await waitFor(() => {
    expect(result.current.list.messages[1]?.status).toBe('sent');
  });
});

test('a bulk retry counts first, goes on until none is left, and tells how far it is', async () => {
  const tally = { refused: 0, refused_by: {}, dry_run: false };
  api.on('POST /v1/messages/retry', ({ body }) => {
    const { dry_run: isDryRun, cursor } = body as { dry_run: boolean; cursor?: string };
    if (isDryRun)
      return ok({
        ...tally,
        dry_run: true,
        matched: 5,
        retried: 0,
        refused: 1,
        refused_by: { busy: 1 },
        more: false,
        next_cursor: null,
      });
    if (cursor === undefined) return ok({ ...tally, matched: 3, retried: 3, more: true, next_cursor: 'next' });
    return ok({
      ...tally,
      matched: 2,
      retried: 1,
      refused: 1,
      refused_by: { busy: 1 },
      more: false,
      next_cursor: null,
    });
  });
  const { result } = renderLive(clientOf(api), useBulkRetry);

  const count = await act(() => result.current.count({ status: 'failed' }));
  expect(count).toMatchObject({ ok: true, value: { matched: 5, retryable: 4, refusedBy: { busy: 1 } } });
  await act(() => result.current.run({ status: 'failed' }));

  expect(result.current.progress).toMatchObject({ state: 'finished', total: 4, matched: 5, retried: 4, refused: 1 });
});
