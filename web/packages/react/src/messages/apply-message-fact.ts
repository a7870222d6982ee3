import type { MessageFact, MessageRow } from '../api/types';
import { confirmedBy } from './confirmed-by';

const TOLD = ['status', 'session_id', 'retry_count', 'next_attempt_at', 'error_message'] as const;
const RECEIPTS = ['delivered_at', 'read_at'] as const;

/**
 * The row as the fact has it; the row itself where the fact is no newer. Facts may come in any order and more than once:
 * the newest version wins. What a fact does not carry (the gateway's words, what holds the message) has to be read again.
 */
export function applyMessageFact<Row extends MessageRow>(row: Row, fact: MessageFact): Row {
  if (fact.id !== row.id || fact.version <= row.version) return row;
  const told = Object.fromEntries(
    TOLD.flatMap((column) => (fact[column] === undefined ? [] : [[column, fact[column]]])),
  );
  // a receipt stays, whatever comes after it
  const receipts = Object.fromEntries(RECEIPTS.map((column) => [column, fact[column] ?? row[column]]));
  return { ...row, ...told, ...receipts, ...impliedBy(fact, row), version: fact.version };
}

/** What follows from the fact's type: the states that the page tells apart within one status. */
function impliedBy(fact: MessageFact, row: MessageRow): Partial<MessageRow> {
  const at = fact.occurred_at;
  switch (fact.type) {
    case 'message.accepted':
      return { accepted_at: at, unconfirmed_at: null };
    case 'message.unconfirmed':
      return { unconfirmed_at: at };
    case 'message.sent':
      return {
        ...NOT_HELD,
        sent_at: row.sent_at ?? at,
        confirmed_by: confirmedBy(fact.confirmed_by),
        unconfirmed_at: null,
        vps_error: null,
      };
    case 'message.retried':
      return { ...NOTHING_UNDER_WAY, ...NOT_SENT, vps_error: null };
    case 'message.held':
    case 'message.retry_scheduled':
      return NOTHING_UNDER_WAY;
    case 'message.failed':
      return { ...NOT_SENT, ...NOT_HELD, unconfirmed_at: null };
    case 'message.cancelled':
      return NOT_HELD;
    default:
      return {};
  }
}

const NOT_HELD = { held_reason: null, held_until: null } satisfies Partial<MessageRow>;
const NOT_SENT = { sent_at: null, confirmed_by: null } satisfies Partial<MessageRow>;
const NOTHING_UNDER_WAY = {
  accepted_at: null,
  unconfirmed_at: null,
  attempt_started_at: null,
} satisfies Partial<MessageRow>;
