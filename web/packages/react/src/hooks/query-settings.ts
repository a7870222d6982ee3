import { ProblemError } from '../client/problem';

const RETRIES = 2;

/**
 * How everything is read. The live stream says what changed, so nothing is read again for its age or for a window that is
 * focused; and a browser that believes itself offline can still reach a server on the same machine.
 */
export const QUERY_SETTINGS = {
  staleTime: Number.POSITIVE_INFINITY,
  refetchOnWindowFocus: false,
  refetchOnReconnect: false,
  networkMode: 'always',
  retry: (failures: number, error: Error) => failures < RETRIES && mayPass(error),
} as const;

function mayPass(error: Error): boolean {
  return error instanceof ProblemError && (error.status === 0 || error.status >= 500);
}

/** A query's error; what is no ProblemError is a mistake in the program, and for an error boundary. */
export function problemIn(error: Error | null): ProblemError | null {
  if (error === null || error instanceof ProblemError) return error;
  throw error;
}
