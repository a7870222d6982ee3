import createFetchClient, { type Client, type Middleware } from 'openapi-fetch';
import type { paths } from '../api/schema';
import type { RoundTrip } from '../tracing/round-trips';
import { newTraceparent, traceIdOf } from '../tracing/traceparent';
import { NO_TOKEN, ProblemError, problemOf, unreachable } from './problem';

export interface ClientOptions {
  /** Where the API is; the page's own origin, if not given. */
  readonly baseUrl?: string;
  /** The API key or token, asked for before each request: a host app can renew it. Null: none is sent. */
  readonly getToken: () => string | null | Promise<string | null>;
  /** For tokens that don't say which organisation they are for. */
  readonly organizationId?: string;
  readonly fetch?: typeof globalThis.fetch;
  /** Called for each answer 401. */
  readonly onUnauthorized?: () => void;
  /**
   * The W3C `traceparent` of each request that changes or asks for something: the host's own span, where it has tracing. If it is not
   * given, or gives none, each request is the first of a trace of its own.
   */
  readonly traceparent?: () => string | undefined;
  /** Called when what came of a verification that was asked for here has come over the live stream. */
  readonly onTrace?: (trace: RoundTrip) => void;
}

export interface StreamRequest {
  readonly signal: AbortSignal;
  readonly lastEventId?: string;
}

export interface TruesendClient {
  /** Tells clients apart: what one has read is never shown through another. */
  readonly id: number;
  readonly baseUrl: string;
  /** Typed by OpenAPI. Throws ProblemError for every answer that is no success, and AbortError where its signal aborted. */
  readonly http: Client<paths>;
  /** A server-sent event stream, opened. Throws as `http` does. */
  readonly stream: (path: string, request: StreamRequest) => Promise<ReadableStream<Uint8Array>>;
  /** A traceparent for one request. */
  readonly traceparent: () => string;
  readonly onTrace?: (trace: RoundTrip) => void;
}

const TRACEPARENT = 'traceparent';
let clients = 0;

/** A client for one installation and one caller. Make a new one when somebody else signs in. */
export function createTruesendClient(options: ClientOptions): TruesendClient {
  const baseUrl = (options.baseUrl ?? globalThis.location.origin).replace(/\/+$/, '');
  const send = options.fetch ?? ((...request: Parameters<typeof fetch>) => globalThis.fetch(...request));
  const http = createFetchClient<paths>({ baseUrl, fetch: (request) => send(request) });
  const traceparent = () => traceparentOf(options);
  http.use(authenticating(options), tracing(traceparent), throwing(options));
  clients += 1;
  return {
    id: clients,
    baseUrl,
    http,
    traceparent,
    ...(options.onTrace && { onTrace: options.onTrace }),
    stream: async (path, { signal, lastEventId }) => {
      const headers = await callerHeaders(options);
      headers.set('Accept', 'text/event-stream');
      if (lastEventId !== undefined) headers.set('Last-Event-ID', lastEventId);
      const response = await send(`${baseUrl}${path}`, { headers, signal, cache: 'no-store' }).catch(throwUnreachable);
      await throwUnlessOk(response, options);
      if (!response.body) throw unreachable(new TypeError('an answer without a body'));
      return response.body;
    },
  };
}

async function callerHeaders(options: ClientOptions): Promise<Headers> {
  const headers = new Headers();
  const token = await tokenOf(options);
  if (token !== null) headers.set('Authorization', `Bearer ${token}`);
  if (options.organizationId !== undefined) headers.set('X-Organization-Id', options.organizationId);
  return headers;
}

/** A host's token provider may fail, too; that is an answer like any other. */
async function tokenOf({ getToken }: ClientOptions): Promise<string | null> {
  try {
    return await getToken();
  } catch (cause) {
    const document = { type: NO_TOKEN, title: 'No token', status: 0, detail: 'The app could not give a key.' };
    throw new ProblemError(document, { cause });
  }
}

function authenticating(options: ClientOptions): Middleware {
  return {
    onRequest: async ({ request }) => {
      for (const [name, value] of await callerHeaders(options)) request.headers.set(name, value);
      return request;
    },
  };
}

/** What only reads is left to the server, which decides by itself what of it is worth a trace. */
function tracing(traceparent: () => string): Middleware {
  return {
    onRequest: ({ request }) => {
      if (request.method !== 'GET' && !request.headers.has(TRACEPARENT))
        request.headers.set(TRACEPARENT, traceparent());
      return request;
    },
  };
}

/** A host's tracing that fails, or gives nonsense, fails no request. */
function traceparentOf(options: ClientOptions): string {
  try {
    const given = options.traceparent?.();
    if (given !== undefined && traceIdOf(given) !== null) return given;
  } catch {
    // as if it had given none
  }
  return newTraceparent();
}

function throwing(options: ClientOptions): Middleware {
  return {
    onResponse: async ({ response }) => {
      await throwUnlessOk(response, options);
    },
    onError: ({ error }) => {
      throwUnreachable(error);
    },
  };
}

async function throwUnlessOk(response: Response, options: ClientOptions): Promise<void> {
  if (response.ok) return;
  if (response.status === 401) options.onUnauthorized?.();
  throw await problemOf(response);
}

function throwUnreachable(error: unknown): never {
  if (error instanceof DOMException && error.name === 'AbortError') throw error;
  throw unreachable(error);
}
