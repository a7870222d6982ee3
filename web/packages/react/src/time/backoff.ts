export interface BackoffLimits {
  readonly baseMs: number;
  readonly capMs: number;
}

/** Exponential back-off with full jitter: anywhere from nothing to base · 2ⁿ, so that clients don't come back as one. */
export function backoffMs(failures: number, limits: BackoffLimits, random: () => number): number {
  return random() * Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(failures, 30));
}
