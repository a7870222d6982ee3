import type { Client } from 'openapi-fetch';
import type { paths } from '../api/schema';

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
}

export interface TruesendClient {
  readonly baseUrl: string;
  /** Typed by OpenAPI. What it throws is a ProblemError or an AbortError; `data` is there otherwise. */
  readonly http: Client<paths>;
  /** A server-sent event stream, opened; throws ProblemError where it is refused. */
  readonly stream: (path: string, options: { readonly signal: AbortSignal; readonly lastEventId?: string }) => Promise<ReadableStream<Uint8Array>>;
}

export declare function createTruesendClient(options: ClientOptions): TruesendClient;
