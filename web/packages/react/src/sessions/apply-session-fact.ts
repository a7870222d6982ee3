import type { SessionFact, SessionRow } from '../api/types';
import { compareInstants } from '../time/instant';
import { badgeOf } from './badge';

const TOLD = ['status', 'last_error', 'last_error_at', 'last_verified_at', 'phone_number', 'silent_since'] as const;

/**
 * The row as the fact has it; the row itself where the fact tells nothing new. Facts may come in any order and more than
 * once: the newest version wins, and between two of one version the later look at the gateway.
 */
export function applySessionFact(row: SessionRow, fact: SessionFact): SessionRow {
  if (fact.id !== row.id || !isNewer(row, fact)) return row;
  const told = Object.fromEntries(
    TOLD.flatMap((column) => (fact[column] === undefined ? [] : [[column, fact[column]]])),
  );
  const patched: SessionRow = { ...row, ...told, version: fact.version, connected_at: connectedAt(row, fact) };
  return { ...patched, badge: badgeOf(patched) };
}

/** Whether the row says more than the fact could tell, so that it has to be read again. */
export function needsReading(row: SessionRow, fact: SessionFact): boolean {
  if (fact.type === 'session.superseded') return row.superseded_by === null;
  return fact.status === 'connected' && row.superseded_by !== null && fact.version >= row.version;
}

function isNewer(row: SessionRow, fact: SessionFact): boolean {
  if (fact.version !== row.version) return fact.version > row.version;
  if (!fact.last_verified_at) return false;
  return row.last_verified_at === null || compareInstants(fact.last_verified_at, row.last_verified_at) > 0;
}

function connectedAt(row: SessionRow, fact: SessionFact): string | null {
  const hasJustConnected =
    fact.status === 'connected' && fact.previous_status !== 'connected' && fact.position !== null;
  return hasJustConnected && row.status !== 'connected' ? fact.occurred_at : row.connected_at;
}
