import type { Badge } from '../api/types';
import type { MessageState } from '../messages/message-state';

/** What a badge can show: the API's words, and that a verification runs. */
export type BadgeLook = Badge | 'verifying';

export interface UptimeSummary {
  /** Share of the time that is known, 0 to 1; null where nothing is known. */
  readonly up: number | null;
  readonly downSeconds: number;
  readonly unknownSeconds: number;
  readonly outages: number;
  readonly hours: number;
}

/** Every text of the package's components. */
export interface Labels {
  readonly badge: Readonly<Record<BadgeLook, string>>;
  /** "4 s ago", "in 40 s". */
  readonly ago: (seconds: number) => string;
  readonly verified: (ago: string) => string;
  readonly neverVerified: string;
  readonly sessions: string;
  readonly noSessions: string;
  readonly loading: string;
  readonly unnamed: string;
  readonly noNumber: string;
  readonly lastKnown: (badgeText: string) => string;
  readonly message: (state: MessageState, formatTime: (at: Date) => string) => string;
  readonly uptime: (summary: UptimeSummary) => string;
  readonly uptimeState: Readonly<Record<'up' | 'down' | 'unknown', string>>;
}

/** Some of the texts; the rest is English. */
export type LabelOverrides = Partial<Omit<Labels, 'badge' | 'uptimeState'>> & {
  readonly badge?: Partial<Labels['badge']>;
  readonly uptimeState?: Partial<Labels['uptimeState']>;
};
