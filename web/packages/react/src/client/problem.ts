import type { FieldProblem } from '../api/types';

/** What a problem document says (RFC 9457). `current`: what the row is, of a 409; `errors`: every wrong field, of a 422. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly current?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldProblem[];
}

/** `type` of a request that got no answer at all; its `status` is 0. */
export const UNREACHABLE = 'urn:truesend:problem:unreachable';

/** `type` of a request that was not made: `getToken` failed, and is the error's `cause`; `status` is 0. */
export const NO_TOKEN = 'urn:truesend:problem:no-token';

/** The one kind of error that the client throws. `message` is the document's `detail`: a sentence for a person. */
export class ProblemError extends Error implements ProblemDocument {
  override readonly name = 'ProblemError';
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly current?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldProblem[];

  constructor(document: ProblemDocument, options?: ErrorOptions) {
    super(document.detail, options);
    this.type = document.type;
    this.title = document.title;
    this.status = document.status;
    this.detail = document.detail;
    if (document.current) this.current = document.current;
    if (document.errors) this.errors = document.errors;
  }
}

/** The problem that an answer tells; one of our making where a proxy in between answered with something else. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const body: unknown = await response.json().catch(() => null);
  if (isProblemDocument(body)) return new ProblemError(body);
  return new ProblemError({
    type: 'about:blank',
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `The server answered with HTTP ${response.status}.`,
  });
}

export function unreachable(cause: unknown): ProblemError {
  const document = { type: UNREACHABLE, title: 'Unreachable', status: 0, detail: 'The server cannot be reached.' };
  return new ProblemError(document, { cause });
}

function isProblemDocument(body: unknown): body is ProblemDocument {
  if (typeof body !== 'object' || body === null) return false;
  const { type, title, status, detail } = body as Record<string, unknown>;
  return (
    typeof type === 'string' && typeof title === 'string' && typeof status === 'number' && typeof detail === 'string'
  );
}
