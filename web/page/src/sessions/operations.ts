import type { useWhatsAppSession } from '@truesend/react';
import { type WhatsAppSession } from '@truesend/react';
import { createContext, use, useMemo } from 'react';

/** What can be done to a session. */
export type Operations = Pick<
  WhatsAppSession,
  'refreshSession' | 'disconnect' | 'deleteSession' | 'pauseSession' | 'resumeSession'
>;

/**
 * The operations for the rows of a list. They do not change as sessions do, so a row that takes them from here is drawn again
 * only when its own session has changed.
 */
export const OperationsForRows = createContext<Operations | null>(null);

export function useOperations(): Operations {
  const operations = use(OperationsForRows);
  if (!operations) throw new Error('useOperations is used inside <OperationsForRows>');
  return operations;
}

export function useStableOperations({
  refreshSession,
  disconnect,
  deleteSession,
  pauseSession,
  resumeSession,
}: ReturnType<typeof useWhatsAppSession>): Operations {
  return useMemo(
    () => ({ refreshSession, disconnect, deleteSession, pauseSession, resumeSession }),
    [refreshSession, disconnect, deleteSession, pauseSession, resumeSession],
  );
}
