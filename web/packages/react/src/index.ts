export type * from './api/types';
export type { components, operations, paths } from './api/schema';

export { createTruesendClient, type ClientOptions, type TruesendClient } from './client/client';
export { NO_TOKEN, ProblemError, UNREACHABLE, type ProblemDocument } from './client/problem';
export type { ActionResult } from './client/result';

export { badgeOf, lastKnownBadge, type BadgeColumns } from './sessions/badge';
export { applySessionFact } from './sessions/apply-session-fact';
export type { ConnectionState } from './sessions/connection';
export { PAIRING_TIMED_OUT, type NewSessionOptions, type Paired } from './live/pairing';
export { summarizeUptime } from './sessions/uptime';
export { applyMessageFact } from './messages/apply-message-fact';
export { messageState, type MessageState, type MessageStateKind } from './messages/message-state';
export type { ConfirmedBy } from './messages/confirmed-by';
export { mayDo, type MessageAction, type Permission } from './messages/may-do';
export type { LiveState, LiveStatus } from './stream/live-status';
export type { RoundTrip } from './tracing/round-trips';
export { newTraceparent, traceIdOf } from './tracing/traceparent';

export { TruesendProvider, type TruesendProviderProps } from './hooks/provider';
export { useTruesendClient } from './hooks/context';
export { useLive } from './hooks/use-live';
export { useNow } from './hooks/use-now';
export { useWhatsAppSession, type WhatsAppSession } from './hooks/use-whatsapp-session';
export { useSession, type OneSession } from './hooks/use-session';
export { useSessionHistory, type SessionHistory } from './hooks/use-session-history';
export { useRoundTrip } from './hooks/use-round-trip';
export { useMessages, type LiveMessages } from './hooks/use-messages';
export { useMessage, type OneMessage } from './hooks/use-message';
export { useMessageActions, type MessageActions, type RetryOptions } from './hooks/use-message-actions';
export { useBulkRetry, type BulkRetry, type BulkRetryCount, type BulkRetryProgress } from './hooks/use-bulk-retry';
export { useOverview, type LiveOverview } from './hooks/use-overview';
export { useBatch, type LiveBatch } from './hooks/use-batch';

export { english } from './labels/english';
export { useLabels } from './labels/context';
export type { BadgeLook, LabelOverrides, Labels, UptimeSummary } from './labels/labels';

export { SessionBadge, type SessionBadgeProps } from './components/session-badge';
export { SessionList, type SessionListProps } from './components/session-list';
export { MessageStateText, type MessageStateTextProps } from './components/message-state-text';
export { UptimeStrip, type UptimeStripProps } from './components/uptime-strip';
export { TimeAgo, type TimeAgoProps } from './components/time-ago';
