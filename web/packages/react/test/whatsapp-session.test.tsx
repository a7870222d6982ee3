import { act, render, screen, waitFor, within } from '@testing-library/react';
import { StrictMode } from 'react';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SessionList, TruesendProvider, useWhatsAppSession, type SessionRow } from '../src/index';
import { ApiServer, page, problem } from './api-server';
import { clientOf, liveWrapper, renderLive } from './render';
import { at, session, sessionFact, uuid } from './rows';

// a broken stream is opened again after a pause of up to a second
const PATIENCE = { timeout: 5_000 };

let api: ApiServer;
let rows: SessionRow[];

beforeEach(async () => {
  api = await ApiServer.start();
  rows = [session(1), session(2)];
  api.on('GET /v1/sessions', () => page(rows));
});

afterEach(async () => {
  await api.stop();
});

async function shown(client = clientOf(api)) {
  const rendered = renderLive(client, useWhatsAppSession);
  await waitFor(() => {
    expect(rendered.result.current.sessions).toHaveLength(rows.length);
  });
  return rendered;
}

describe('the one verification', () => {
  test('it is asked for once when the sessions are there, also under StrictMode', async () => {
    await shown();
    await api.call('POST /v1/sessions/verify');
    (await api.stream()).begin(1);
    // the stream begins after the list was asked for, so the list is read once more
    await api.call('GET /v1/sessions', 1);

    expect(api.callsOf('POST /v1/sessions/verify')).toHaveLength(1);
    expect(api.streams).toHaveLength(1);
  });

  test('neither another mount nor a window that is focused again asks for a second one', async () => {
    const client = clientOf(api);
    const first = await shown(client);
    first.unmount();
    await shown(client);
    act(() => {
      window.dispatchEvent(new Event('focus'));
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await api.call('GET /v1/sessions', 1);

    expect(api.callsOf('POST /v1/sessions/verify')).toHaveLength(1);
  });

  test('where nobody could be asked, the next reading is another chance', async () => {
    api.on('POST /v1/sessions/verify', () => problem(503, 'broker-away', 'Kafka cannot be reached.'));
    await shown();
    await api.call('POST /v1/sessions/verify');
    api.on('POST /v1/sessions/verify', () => ({ status: 202, body: { verifying: [uuid(1)], fresh: [] } }));
    (await api.stream()).begin(1).tell('reset', { after: 1 });

    await api.call('POST /v1/sessions/verify', 1);
  });
});

describe('the spinner', () => {
  test('it turns for the sessions that are being asked about, until something is heard of each', async () => {
    api.on('POST /v1/sessions/verify', () => ({ status: 202, body: { verifying: [uuid(1), uuid(2)], fresh: [] } }));
    const { result } = await shown();
    await waitFor(() => {
      expect([...result.current.verifyingSessionIds]).toEqual([uuid(1), uuid(2)]);
    });

    const down = { status: 'disconnected', last_error: 'Logged out' };
    (await api.stream()).begin(1).tell('session', sessionFact(session(1), 'session.disconnected', down), 2);

    await waitFor(() => {
      expect([...result.current.verifyingSessionIds]).toEqual([uuid(2)]);
    });
    expect(result.current.verifiedStatuses.get(uuid(1))).toBe('disconnected');
    expect(result.current.sessions[0]).toMatchObject({ status: 'disconnected', badge: 'disconnected' });
  });

  test('it turns when somebody else has a session verified', async () => {
    const { result } = await shown();
    const stream = (await api.stream()).begin(1);
    stream.tell('session', sessionFact(session(2), 'session.verifying', { version: 1, position: null }));
    await waitFor(() => {
      expect(result.current.verifyingSessionIds.has(uuid(2))).toBe(true);
    });

    const verified = { version: 1, position: null, last_verified_at: at(50) };
    stream.tell('session', sessionFact(session(2), 'session.verified', verified));

    await waitFor(() => {
      expect(result.current.verifyingSessionIds.size).toBe(0);
    });
    expect(result.current.sessions[1]?.last_verified_at).toBe(at(50));
    expect(result.current.verifiedStatuses.get(uuid(2))).toBe('connected');
  });

  test('a result that overtakes the answer leaves no spinner behind', async () => {
    let answer: (() => void) | undefined;
    api.on(
      'POST /v1/sessions/verify',
      () =>
        new Promise((resolve) => {
          answer = () => {
            resolve({ status: 202, body: { verifying: [uuid(1)], fresh: [uuid(2)] } });
          };
        }),
    );
    const { result } = await shown();
    const verified = { version: 1, position: null, last_verified_at: at(50) };
    (await api.stream()).begin(1).tell('session', sessionFact(session(1), 'session.verified', verified));
    await waitFor(() => {
      expect(result.current.verifiedStatuses.get(uuid(1))).toBe('connected');
    });

    answer?.();

    await waitFor(() => {
      expect(result.current.verifiedStatuses.get(uuid(2))).toBe('connected');
    });
    expect(result.current.verifyingSessionIds.size).toBe(0);
  });

  test('a gateway that does not answer ends it, and verifies nothing', async () => {
    api.on('POST /v1/sessions/verify', () => ({ status: 202, body: { verifying: [uuid(1)], fresh: [] } }));
    const { result } = await shown();
    await waitFor(() => {
      expect(result.current.verifyingSessionIds.size).toBe(1);
    });

    const silent = { last_error: 'no answer', last_error_at: at(10), last_verified_at: at(0) };
    (await api.stream()).begin(1).tell('session', sessionFact(session(1), 'session.cannot_verify', silent), 2);

    await waitFor(() => {
      expect(result.current.sessions[0]?.badge).toBe('cannot_verify');
    });
    expect(result.current.verifyingSessionIds.size).toBe(0);
    expect(result.current.verifiedStatuses.has(uuid(1))).toBe(false);
  });
});

describe('the list', () => {
  test('a fact that comes while the list is read is not undone by it', async () => {
    let answer: (() => void) | undefined;
    api.on(
      'GET /v1/sessions',
      () =>
        new Promise((resolve) => {
          answer = () => {
            resolve(page([session(1)]));
          };
        }),
    );
    const { result } = renderLive(clientOf(api), useWhatsAppSession);
    await api.stream();
    await waitFor(() => {
      expect(answer).toBeDefined();
    });
    const down = { status: 'disconnected', last_error: 'Logged out' };
    api.streams[0]?.begin(1).tell('session', sessionFact(session(1), 'session.disconnected', down), 2);
    await waitFor(() => {
      expect(result.current.verifiedStatuses.size).toBe(1);
    });

    answer?.();

    await waitFor(() => {
      expect(result.current.sessions[0]?.status).toBe('disconnected');
    });
  });

  test('after a reset it is read again', async () => {
    const { result } = await shown();
    const stream = (await api.stream()).begin(1);
    rows = [session(1), session(2, { status: 'connecting', badge: 'connecting', version: 9 }), session(3)];
    stream.tell('reset', { after: 1 });

    await waitFor(() => {
      expect(result.current.sessions.map((row) => row.status)).toEqual(['connected', 'connecting', 'connected']);
    });
  });

  test('a session that nobody knew has the list read again; one that was deleted leaves it', async () => {
    const { result } = await shown();
    const stream = (await api.stream()).begin(1);
    await api.call('GET /v1/sessions', 1);
    rows = [session(1), session(2), session(3)];
    stream.tell('session', sessionFact(session(3), 'session.connected'), 2);
    await waitFor(() => {
      expect(result.current.sessions).toHaveLength(3);
    });

    stream.tell('session', sessionFact(session(3), 'session.deleted'), 3);

    await waitFor(() => {
      expect(result.current.sessions).toHaveLength(2);
    });
  });

  test('all pages of it are read', async () => {
    api.on('GET /v1/sessions', (call) =>
      call.query.get('cursor') === 'more' ? page([session(2)]) : page([session(1)], 'more'),
    );

    await shown();

    expect(api.callsOf('GET /v1/sessions').length).toBeGreaterThanOrEqual(2);
  });

  test('an answer 401 is told to the host app, and is the list’s error', async () => {
    let told = 0;
    api.on('GET /v1/sessions', () => problem(401, 'unauthorized', 'This API key is not known.'));
    const { result } = renderLive(clientOf(api, { onUnauthorized: () => (told += 1) }), useWhatsAppSession);

    await waitFor(() => {
      expect(result.current.sessionsError?.status).toBe(401);
    });
    expect(result.current.sessionsError?.detail).toBe('This API key is not known.');
    expect(told).toBeGreaterThanOrEqual(1);
  });
});

describe('actions', () => {
  test('a refusal is the action’s result: its promise never rejects', async () => {
    const current = { status: 'connected' };
    api.on(`DELETE /v1/sessions/${uuid(1)}`, () =>
      problem(409, 'session-in-use', 'Messages depend on it.', { current }),
    );
    const { result } = await shown();

    const outcome = await act(() => result.current.deleteSession(uuid(1)));

    expect(outcome).toMatchObject({ ok: false, error: { status: 409, detail: 'Messages depend on it.', current } });
    expect(result.current.isDeletingSession).toBe(false);
    expect(result.current.sessions).toHaveLength(2);
  });

  test('a deleted session leaves the list at once', async () => {
    api.on(`DELETE /v1/sessions/${uuid(1)}`, () => ({ status: 204 }));
    const { result } = await shown();

    await act(() => result.current.deleteSession(uuid(1)));

    await waitFor(() => {
      expect(result.current.sessions.map((row) => row.id)).toEqual([uuid(2)]);
    });
  });

  test('a list that was asked for before a session was deleted does not bring it back', async () => {
    api.on(`DELETE /v1/sessions/${uuid(1)}`, () => ({ status: 204 }));
    const { result } = await shown();
    let answer: (() => void) | undefined;
    api.on(
      'GET /v1/sessions',
      () =>
        new Promise((resolve) => {
          answer = () => {
            resolve(page(rows));
          };
        }),
    );
    (await api.stream()).begin(1).tell('reset', { after: 1 });
    await waitFor(() => {
      expect(answer).toBeDefined();
    });
    await act(() => result.current.deleteSession(uuid(1)));
    rows = [session(1), session(2, { display_name: 'Renamed' })];

    answer?.();

    await waitFor(() => {
      expect(result.current.sessions.map((row) => row.display_name)).toEqual(['Renamed']);
    });
  });

  test('a session that is refreshed shows its spinner', async () => {
    api.on(`POST /v1/sessions/${uuid(2)}/verify`, () => ({ status: 202, body: { verifying: [uuid(2)], fresh: [] } }));
    const { result } = await shown();

    await act(() => result.current.refreshSession(uuid(2)));

    expect(result.current.verifyingSessionIds.has(uuid(2))).toBe(true);
  });
});

test('a hostile error is text, and nothing else', async () => {
  const hostile = `<img src=x onerror="document.title='taken'"> \u202Eevil ${'A'.repeat(10_000)}`;
  rows = [session(1, { status: 'disconnected', last_error: hostile, last_error_at: at(5) })];
  const Wrapper = liveWrapper(clientOf(api));
  render(<SessionList />, { wrapper: Wrapper });

  const item = await screen.findByRole('listitem');

  expect(within(item).getByText(hostile.trim(), { normalizer: (text) => text.trim() })).toBeDefined();
  expect(item.querySelector('img')).toBeNull();
});

test('an item of the list says name, number, badge and when it was verified', async () => {
  const list = (
    <StrictMode>
      <TruesendProvider client={clientOf(api)} labels={{ badge: { connected: 'जुड़ा हुआ' } }} locale="en-GB">
        <SessionList />
      </TruesendProvider>
    </StrictMode>
  );
  render(list);

  const [item] = await screen.findAllByRole('listitem');

  expect(item?.textContent).toMatch(/Session 1.*49151000001.*जुड़ा हुआ.*verified .* ago/);
  expect(item?.querySelector('time')?.getAttribute('datetime')).toBe(at(0));
  expect(item?.querySelector('time')?.title).toMatch(/2026/);
});

describe('pairing', () => {
  const answer = (columns: object) => ({
    session_id: uuid(1),
    status: 'qr_pending',
    qr: null,
    qr_expires_at: null,
    pairing_code: null,
    offers_pairing_code: false,
    detail: null,
    ...columns,
  });

  test('it shows each code as the gateway renews it, and ends when the session is connected', async () => {
    api.on(`POST /v1/sessions/${uuid(1)}/reconnect`, () => ({
      status: 202,
      body: { session_id: uuid(1), status: 'disconnected', qr_url: '' },
    }));
    api.on(`GET /v1/sessions/${uuid(1)}/qr`, (call, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      expect(call.headers.accept).toBe('text/event-stream');
      qr = (type, columns) => response.write(`event: ${type}\ndata: ${JSON.stringify(answer(columns))}\n\n`);
    });
    let qr: ((type: string, columns: object) => void) | undefined;
    const { result } = await shown();
    let end: unknown;
    act(() => void result.current.connect(uuid(1)).then((outcome) => (end = outcome)));
    expect(result.current.isConnecting).toBe(true);
    await api.call(`GET /v1/sessions/${uuid(1)}/qr`);

    qr?.('qr', { qr: 'first', qr_expires_at: at(60) });
    await waitFor(() => {
      expect(result.current.connectionState).toMatchObject({ qrCode: 'first', expiresAt: new Date(at(60)) });
    });
    qr?.('qr', { qr: 'second', pairing_code: 'ABCD-1234' });
    await waitFor(() => {
      expect(result.current.connectionState).toMatchObject({ qrCode: 'second', pairingCode: 'ABCD-1234' });
    });
    qr?.('connected', { status: 'connected' });

    await waitFor(() => {
      expect(end).toEqual({ ok: true, value: { sessionId: uuid(1) } });
    });
    expect(result.current.connectionState).toMatchObject({ isConnecting: false, status: 'connected', qrCode: null });
  });

  describe('by a code for the phone', () => {
    let streams: { query: string | null; tell: (type: string, columns: object) => void; end: () => void }[];

    beforeEach(() => {
      streams = [];
      api.on(`POST /v1/sessions/${uuid(1)}/reconnect`, () => problem(409, 'conflict', 'Somebody asked just now.'));
      api.on(`GET /v1/sessions/${uuid(1)}/qr`, (call, response) => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.flushHeaders();
        streams.push({
          query: call.query.get('phone_number'),
          tell: (type, columns) => response.write(`event: ${type}\ndata: ${JSON.stringify(answer(columns))}\n\n`),
          end: () => response.end(),
        });
      });
    });

    async function connecting() {
      const rendered = await shown();
      act(() => void rendered.result.current.connect(uuid(1)));
      await waitFor(() => {
        expect(streams).toHaveLength(1);
      });
      streams[0]?.tell('qr', { qr: 'first', offers_pairing_code: true });
      await waitFor(() => {
        expect(rendered.result.current.connectionState).toMatchObject({ qrCode: 'first', offersPairingCode: true });
      });
      return rendered;
    }

    function ask(hook: { readonly current: ReturnType<typeof useWhatsAppSession> }, phoneNumber: string) {
      const asked: { result: unknown } = { result: undefined };
      act(() => void hook.current.requestPairingCode(phoneNumber).then((result) => (asked.result = result)));
      return asked;
    }

    test('it is asked for once: a stream that breaks afterwards is opened again without the number', async () => {
      const { result } = await connecting();
      const asked = ask(result, '+49 1512 3456789');
      await waitFor(() => {
        expect(streams).toHaveLength(2);
      });
      expect(result.current.connectionState.qrCode).toBe('first');
      streams[1]?.tell('qr', { qr: 'first', pairing_code: 'ABCD-1234', offers_pairing_code: true });
      await waitFor(() => {
        expect(result.current.connectionState).toMatchObject({ pairingCode: 'ABCD-1234', error: null });
      });
      expect(asked.result).toEqual({ ok: true, value: null });
      streams[1]?.end();

      await waitFor(() => {
        expect(streams).toHaveLength(3);
      }, PATIENCE);
      expect(streams.map(({ query }) => query)).toEqual([null, '+49 1512 3456789', null]);
    });

    test('a number that the API refuses is the request’s result, and the QR code is shown on', async () => {
      const { result } = await connecting();
      let refusals = 0;
      api.on(`GET /v1/sessions/${uuid(1)}/qr`, (call, response) => {
        if (call.query.has('phone_number')) {
          refusals += 1;
          return problem(422, 'validation', 'phone_number: must be a phone number with its country code');
        }
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write(`event: qr\ndata: ${JSON.stringify(answer({ qr: 'second', offers_pairing_code: true }))}\n\n`);
        return undefined;
      });
      const asked = ask(result, '12');

      await waitFor(() => {
        expect(asked.result).toMatchObject({ ok: false, error: { status: 422 } });
      });
      await waitFor(() => {
        expect(result.current.connectionState).toMatchObject({ isConnecting: true, qrCode: 'second', problem: null });
      }, PATIENCE);
      expect(refusals).toBe(1);
    });

    test('what the gateway says instead of a code is told', async () => {
      const { result } = await connecting();
      ask(result, '4915123456789');
      await waitFor(() => {
        expect(streams).toHaveLength(2);
      });

      streams[1]?.tell('qr', { qr: 'first', detail: 'rate-overlimit', offers_pairing_code: true });

      await waitFor(() => {
        expect(result.current.connectionState).toMatchObject({ pairingCode: null, error: 'rate-overlimit' });
      });
    });

    test('a request that is still open when pairing is cancelled is over; without a pairing there is none', async () => {
      const { result } = await connecting();
      const asked = ask(result, '4915123456789');
      await waitFor(() => {
        expect(streams).toHaveLength(2);
      });

      act(() => {
        result.current.cancelConnection();
      });

      await waitFor(() => {
        expect(asked.result).toEqual({ ok: true, value: null });
      });
      expect(await act(() => result.current.requestPairingCode('4915123456789'))).toEqual({ ok: true, value: null });
      expect(streams).toHaveLength(2);
    });
  });

  test('without a session it makes one, and shows it in the list', async () => {
    const made = session(3, { status: 'disconnected', phone_number: null, connected_at: null, badge: 'never_paired' });
    api.on('POST /v1/sessions', () => {
      rows = [...rows, made];
      return { status: 201, body: made };
    });
    api.on(`POST /v1/sessions/${uuid(3)}/reconnect`, () =>
      problem(502, 'gateway-refused', 'The gateway did not do it: full'),
    );
    const { result } = await shown();

    const outcome = await act(() => result.current.connect(undefined, { displayName: 'Reception' }));

    expect(api.callsOf('POST /v1/sessions')[0]?.body).toEqual({ display_name: 'Reception' });
    expect(outcome).toMatchObject({ ok: false, error: { status: 502 } });
    expect(result.current.connectionState).toMatchObject({
      isConnecting: false,
      sessionId: uuid(3),
      error: 'The gateway did not do it: full',
    });
    expect(result.current.sessions).toHaveLength(3);
  });

  test('cancelled, it lets go of the stream and is no error', async () => {
    api.on(`POST /v1/sessions/${uuid(1)}/reconnect`, () => problem(409, 'conflict', 'Somebody asked just now.'));
    let isClosed = false;
    api.on(`GET /v1/sessions/${uuid(1)}/qr`, (_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.flushHeaders();
      response.on('close', () => (isClosed = true));
    });
    const { result } = await shown();
    let end: unknown;
    act(() => void result.current.connect(uuid(1)).then((outcome) => (end = outcome)));
    await api.call(`GET /v1/sessions/${uuid(1)}/qr`);

    act(() => {
      result.current.cancelConnection();
    });

    await waitFor(() => {
      expect(end).toEqual({ ok: true, value: null });
    });
    await waitFor(() => {
      expect(isClosed).toBe(true);
    });
    expect(result.current.connectionState).toMatchObject({ isConnecting: false, error: null });
  });
});

test('every answer of the list is asked for with the caller’s key and organisation', async () => {
  await shown(clientOf(api, { getToken: async () => Promise.resolve('token-b'), organizationId: 'org-1' }));

  const [call] = api.callsOf('GET /v1/sessions');
  expect(call?.headers).toMatchObject({ authorization: 'Bearer token-b', 'x-organization-id': 'org-1' });
});
