import type { Clock } from '../time/clock';
import { SseParser, type SseListener } from './sse-parser';

export interface EventReader extends SseListener {
  /** For each piece that arrives, keep-alives too; before its events. */
  readonly onBytes: () => void;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly silenceMs: number;
}

/**
 * Reads a body to its end, where it answers true. Answers false when nothing came for `silenceMs` (the server says
 * something every 15 s, so a silent connection is a dead one), or when `signal` aborted. Rejects when the connection breaks.
 */
export async function readEvents(
  body: ReadableStream<Uint8Array>,
  reader: EventReader,
  { signal, clock, silenceMs }: ReadOptions,
): Promise<boolean> {
  const source = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser(reader);
  let isGivenUp = false;
  const giveUp = () => {
    isGivenUp = true;
    source.cancel().catch(() => undefined);
  };
  let stopWatching = clock.after(silenceMs, giveUp);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  try {
    for (;;) {
      const { done, value } = await source.read();
      if (done) return !isGivenUp;
      stopWatching();
      stopWatching = clock.after(silenceMs, giveUp);
      reader.onBytes();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    stopWatching();
    signal.removeEventListener('abort', giveUp);
  }
}
