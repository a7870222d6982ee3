import { ProblemError } from './problem';

/** What an action came to. Actions never reject: an error that nobody awaits is no unhandled rejection. */
export type ActionResult<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: ProblemError };

/** Runs an action of ours. Only a ProblemError becomes a result; anything else is a mistake in the program, and is thrown. */
export async function resultOf<Value>(action: () => Promise<Value>): Promise<ActionResult<Value>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    if (error instanceof ProblemError) return { ok: false, error };
    throw error;
  }
}
