import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTruesendClient, NO_TOKEN, ProblemError, UNREACHABLE, type TruesendClient } from '../src/index';
import { ApiServer, page, problem } from './api-server';
import { clientOf } from './render';

let api: ApiServer;

beforeEach(async () => {
  api = await ApiServer.start();
});

afterEach(async () => {
  await api.stop();
});

async function problemOf(client: TruesendClient): Promise<ProblemError> {
  const error: unknown = await client.http.GET('/v1/sessions').catch((thrown: unknown) => thrown);
  if (!(error instanceof ProblemError)) throw new Error('it was not refused');
  return error;
}

test('a problem document is the error that is thrown', async () => {
  const errors = [{ field: 'limit', detail: 'is too large' }];
  api.on('GET /v1/sessions', () => problem(422, 'validation', 'limit: is too large', { errors }));

  expect(await problemOf(clientOf(api))).toMatchObject({
    status: 422,
    type: 'urn:truesend:problem:validation',
    message: 'limit: is too large',
    errors,
  });
});

test('what a proxy answers is a problem as well', async () => {
  api.on('GET /v1/sessions', (_, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));

  expect(await problemOf(clientOf(api))).toMatchObject({ status: 502, detail: 'The server answered with HTTP 502.' });
});

test('so is a server that cannot be reached', async () => {
  const client = clientOf(api);
  await api.stop();

  expect(await problemOf(client)).toMatchObject({ status: 0, type: UNREACHABLE });
});

test('so is a host app that cannot give a key: nothing is sent', async () => {
  const cause = new Error('the refresh token has run out');
  const client = createTruesendClient({ baseUrl: api.url, getToken: () => Promise.reject(cause) });

  expect(await problemOf(client)).toMatchObject({ status: 0, type: NO_TOKEN, cause });
  expect(api.calls).toEqual([]);
});

test('the key is asked for before each request', async () => {
  api.on('GET /v1/sessions', () => page([]));
  let renewed = 0;
  const client = clientOf(api, { getToken: () => `token-${++renewed}` });

  await client.http.GET('/v1/sessions');
  await client.http.GET('/v1/sessions');

  expect(api.calls.map((call) => call.headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
});
