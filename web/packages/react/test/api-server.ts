import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export type Answer = (call: Call, response: ServerResponse) => unknown;

/** A server on this machine that answers as the API does: routes are given by each test, streams are its to write to. */
export class ApiServer {
  readonly calls: Call[] = [];
  readonly streams: EventStream[] = [];
  private readonly routes = new Map<string, Answer>();
  private waiters: (() => void)[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<ApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const api = new ApiServer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void api.take(request, response));
    api.on('GET /v1/events', (call, response) => {
      api.streams.push(new EventStream(call, response));
    });
    api.on('POST /v1/sessions/verify', () => ({ status: 202, body: { verifying: [], fresh: [] } }));
    return api;
  }

  /** How `METHOD /path` is answered: with what the function returns, or with what it writes itself. */
  on(route: string, answer: Answer): this {
    this.routes.set(route, answer);
    return this;
  }

  callsOf(route: string): Call[] {
    return this.calls.filter((call) => `${call.method} ${call.path}` === route);
  }

  /** The stream that was opened as the n-th, as soon as it is. */
  async stream(n = 0): Promise<EventStream> {
    for (;;) {
      const stream = this.streams[n];
      if (stream) return stream;
      await this.next();
    }
  }

  /** Resolves with the n-th call of a route, as soon as it has come. */
  async call(route: string, n = 0): Promise<Call> {
    for (;;) {
      const call = this.callsOf(route)[n];
      if (call) return call;
      await this.next();
    }
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async next(): Promise<void> {
    await new Promise<void>((resolve) => this.waiters.push(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader(
      'Access-Control-Allow-Headers',
      '*, Authorization, Last-Event-ID, X-Organization-Id, Content-Type, traceparent',
    );
    response.setHeader('Access-Control-Allow-Methods', '*');
    const url = new URL(request.url ?? '/', this.url);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const call: Call = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    this.calls.push(call);
    const answer = this.routes.get(`${call.method} ${call.path}`);
    const result = answer ? await answer(call, response) : problem(404, 'not-found', `There is no ${call.path}.`);
    if (isReply(result)) send(response, result);
    for (const wake of this.waiters.splice(0)) wake();
  }
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

export function problem(status: number, kind: string, detail: string, more: object = {}): Reply {
  return { status, body: { type: `urn:truesend:problem:${kind}`, title: 'Problem', status, detail, ...more } };
}

export function ok(body: unknown): Reply {
  return { status: 200, body };
}

export function page(items: readonly unknown[], nextCursor: string | null = null): Reply {
  return ok({ items, next_cursor: nextCursor });
}

function isReply(result: unknown): result is Reply {
  return typeof result === 'object' && result !== null && 'status' in result;
}

function send(response: ServerResponse, { status, body }: Reply): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, body === undefined ? {} : { 'Content-Type': type });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** One client's event stream. */
export class EventStream {
  readonly closed: Promise<void>;
  isClosed = false;

  constructor(
    readonly call: Call,
    private readonly response: ServerResponse,
  ) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    response.flushHeaders();
    this.closed = new Promise((resolve) => {
      response.on('close', () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  begin(position: number, retryMs = 10): this {
    return this.write(`retry: ${retryMs}\nid: ${position}\n\n`);
  }

  tell(type: string, body: object, position?: number): this {
    const id = position === undefined ? '' : `id: ${position}\n`;
    return this.write(`${id}event: ${type}\ndata: ${JSON.stringify(body)}\n\n`);
  }

  write(text: string): this {
    this.response.write(text);
    return this;
  }

  end(): void {
    this.response.end();
  }

  cut(): void {
    this.response.destroy();
  }
}
