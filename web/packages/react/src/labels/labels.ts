import type { Badge } from '../api/types';
import type { MessageState } from '../messages/message-state';
import type { UptimeSummary } from '../sessions/uptime';

export type { UptimeSummary } from '../sessions/uptime';

/** What a badge can show: the API's words, and that a verification runs. */
export type BadgeLook = Badge | 'verifying';

/** Every text of the package's components. */
export interface Labels {
  readonly badge: Readonly<Record<BadgeLook, string>>;
  /** "4 s ago"; of a negative number "in 4 s". */
  readonly ago: (seconds: number) => string;
  readonly verified: (ago: string) => string;
  readonly neverVerified: string;
  readonly sessions: string;
  readonly noSessions: string;
  readonly loading: string;
  readonly unnamed: string;
  readonly noNumber: string;
  /** What the row says of a session that cannot be verified. */
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
