import { useSyncExternalStore } from 'react';

/** The time, renewed each second (or `everyMs`); one timer for all that use it. */
export function useNow(everyMs = 1000): Date {
  const ticker = tickerOf(everyMs);
  return useSyncExternalStore(ticker.subscribe, ticker.now, ticker.now);
}

interface Ticker {
  readonly now: () => Date;
  readonly subscribe: (listener: () => void) => () => void;
}

const tickers = new Map<number, Ticker>();

function tickerOf(everyMs: number): Ticker {
  const known = tickers.get(everyMs);
  if (known) return known;
  const ticker = newTicker(everyMs);
  tickers.set(everyMs, ticker);
  return ticker;
}

function newTicker(everyMs: number): Ticker {
  const listeners = new Set<() => void>();
  let time = new Date();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = () => {
    time = new Date();
    for (const listener of listeners) listener();
  };
  return {
    now: () => {
      // nobody was listening, so nothing ticked
      if (listeners.size === 0 && Date.now() - time.getTime() >= everyMs) time = new Date();
      return time;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      timer ??= setInterval(tick, everyMs);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
