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
