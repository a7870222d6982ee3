import type { MessageRow } from '../api/types';

export type MessageAction = 'retry' | 'cancel' | 'check' | 'mark_delivered';
export type Permission = 'yes' | 'no' | 'with_force';

/**
 * Whether the API would take the action, as far as the row tells: a row may be out of date, and the API has the last word.
 * `with_force`: it may arrive twice, so the API wants to hear that this is meant.
 */
export function mayDo(action: MessageAction, row: MessageRow): Permission {
  const standing = standingOf(row);
  if (action === 'retry' && (standing === 'unconfirmed' || standing === 'cancelled_late')) return 'with_force';
  return ALLOWED[action].includes(standing) ? 'yes' : 'no';
}

type Standing =
  | 'pending'
  | 'under_way'
  | 'accepted'
  | 'unconfirmed'
  | 'sent'
  | 'delivered'
  | 'failed'
  | 'cancelled'
  | 'cancelled_late';

const ALLOWED: Readonly<Record<MessageAction, readonly Standing[]>> = {
  retry: ['failed', 'cancelled'],
  cancel: ['pending'],
  check: ['accepted', 'unconfirmed'],
  mark_delivered: ['failed', 'unconfirmed', 'accepted', 'sent'],
};

function standingOf(row: MessageRow): Standing {
  switch (row.status) {
    case 'pending':
    case 'failed':
      return row.status;
    case 'sent':
      return row.delivered_at || row.read_at ? 'delivered' : 'sent';
    case 'cancelled':
      return row.attempt_started_at ? 'cancelled_late' : 'cancelled';
    default:
      if (row.unconfirmed_at) return 'unconfirmed';
      return row.accepted_at ? 'accepted' : 'under_way';
  }
}
