import { useCallback, useState } from 'react';
import { resultOf, type ActionResult } from '../client/result';
import type { LiveData } from '../live/live-data';
import { useLiveData } from './context';

/** An action and whether it runs. The action never rejects: what the API refuses is in its result. */
export function useAction<Args extends readonly unknown[], Value>(
  /** Has to be the same function at every render. */
  perform: (live: LiveData, ...args: Args) => Promise<Value>,
): readonly [(...args: Args) => Promise<ActionResult<Value>>, boolean] {
  const live = useLiveData();
  const [running, setRunning] = useState(0);
  const run = useCallback(
    async (...args: Args) => {
      setRunning((count) => count + 1);
      try {
        return await resultOf(() => perform(live, ...args));
      } finally {
        setRunning((count) => count - 1);
      }
    },
    [live, perform],
  );
  return [run, running > 0];
}
