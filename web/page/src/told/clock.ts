import { useSyncExternalStore } from 'react';

const TICK_MS = 1_000;
const lookers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function look(onTick: () => void): () => void {
  lookers.add(onTick);
  timer ??= setInterval(() => {
    for (const looker of lookers) looker();
  }, TICK_MS);
  return () => {
    lookers.delete(onTick);
    if (lookers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/**
 * What is read off the clock, once a second; one timer serves the whole page. The component renders again only when `read`
 * gives another number or text, so a list of times that say "3 min ago" is still.
 */
export function useClock<Reading extends number | string>(read: (nowMs: number) => Reading): Reading {
  return useSyncExternalStore(look, () => read(Date.now()));
}
