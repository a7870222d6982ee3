import type { MessageFilter } from '../api/types';
import type { TruesendClient } from '../client/client';

/** The query keys of one client. Another client, somebody else's, has other keys. */
export function keysOf(client: TruesendClient) {
  const root = ['truesend', client.id] as const;
  return {
    all: root,
    sessions: [...root, 'sessions'] as const,
    queue: (sessionId: string) => [...root, 'queue', sessionId] as const,
    queues: [...root, 'queue'] as const,
    sessionHistory: (sessionId: string) => [...root, 'session-history', sessionId] as const,
    messageLists: [...root, 'messages'] as const,
    messageList: (filter: MessageFilter) => [...root, 'messages', filter] as const,
    message: (messageId: string) => [...root, 'message', messageId] as const,
    messages: [...root, 'message'] as const,
    messageHistory: (messageId: string, cursor: string) => [...root, 'message-history', messageId, cursor] as const,
    overviews: [...root, 'overview'] as const,
    overview: (hours: number) => [...root, 'overview', hours] as const,
    batches: [...root, 'batch'] as const,
    batch: (batchId: string) => [...root, 'batch', batchId] as const,
  };
}

export type Keys = ReturnType<typeof keysOf>;
