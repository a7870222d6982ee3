import type { HeldReason } from '../api/types';
import type { ConfirmedBy } from '../messages/confirmed-by';
import type { MessageState } from '../messages/message-state';
import type { Labels, UptimeSummary } from './labels';

const HELD: Readonly<Record<HeldReason, string>> = {
  organization_not_enabled: 'Not sent: dispatching is off for this organisation',
  before_adoption: 'Held since Truesend was set up',
  no_session: 'No session linked',
  no_recipient: 'No recipient',
  session_down: 'Waiting for session',
  backing_off: 'Waiting for session',
  gateway_hold: 'Waiting for gateway',
  restricted: 'Waiting: WhatsApp limits this number',
  silent: 'Waiting: nothing gets through on this session',
  paused: 'Session paused',
  cap_reached: "Waiting: the session's limit is reached",
  quiet_hours: 'Waiting for the end of quiet hours',
  pace: 'Waiting for its turn',
};

const CONFIRMED: Readonly<Record<ConfirmedBy, string>> = {
  http: "by the gateway's answer",
  callback: "by the gateway's callback",
  lookup: 'by a look-up',
  receipt: 'by a receipt',
  operator: 'by an operator',
};

/** The texts in English. */
export const english: Labels = {
  badge: {
    verifying: 'Verifying…',
    connected: 'Connected',
    disconnected: 'Disconnected — Reconnect needed',
    connecting: 'Connecting…',
    scan_qr: 'Scan QR',
    cannot_verify: "Can't verify",
    silent: 'Connected, but nothing gets through',
    never_paired: 'Never paired',
  },
  ago: (seconds) =>
    Math.abs(seconds) < 1 ? 'now' : seconds < 0 ? `in ${duration(-seconds)}` : `${duration(seconds)} ago`,
  verified: (ago) => `verified ${ago}`,
  neverVerified: 'not verified yet',
  sessions: 'Sessions',
  noSessions: 'There are no sessions yet.',
  loading: 'Loading…',
  unnamed: 'Unnamed session',
  noNumber: 'no number yet',
  lastKnown: (badgeText) => `Last known: ${badgeText}`,
  message: messageText,
  uptime: uptimeText,
  uptimeState: { up: 'Connected', down: 'Down', unknown: 'Unknown' },
};

function messageText(state: MessageState, formatTime: (at: Date) => string): string {
  switch (state.kind) {
    case 'scheduled':
      return `Scheduled for ${formatTime(state.at)}`;
    case 'due':
      return 'Waiting to be sent';
    case 'held':
      return state.until ? `${HELD[state.reason]} until ${formatTime(state.until)}` : HELD[state.reason];
    case 'retrying':
      return `Retrying ${soon(state.inSeconds)} (${attempt(state)})`;
    case 'sending':
      return 'Sending…';
    case 'accepted':
      return 'Accepted — waiting for confirmation';
    case 'unconfirmed':
      return 'Unconfirmed — checking';
    case 'sent':
      return sentText(state);
    case 'failed':
      return 'Failed';
    case 'cancelled':
      return 'Cancelled';
    case 'unknown':
      return state.status;
  }
}

function sentText(state: Extract<MessageState, { kind: 'sent' }>): string {
  const how = state.confirmedBy ? `Sent, confirmed ${CONFIRMED[state.confirmedBy]}` : 'Sent';
  if (state.readAt) return `${how} · read`;
  return state.deliveredAt ? `${how} · delivered` : how;
}

function attempt({ attempt: number, of }: Extract<MessageState, { kind: 'retrying' }>): string {
  return of === null ? `attempt ${number}` : `attempt ${number} of ${of}`;
}

function soon(seconds: number): string {
  return seconds === 0 ? 'now' : `in ${duration(seconds)}`;
}

function uptimeText({ up, outages, downSeconds, unknownSeconds, hours }: UptimeSummary): string {
  const window = `in the last ${hours} hours`;
  if (up === null) return `Not known ${window}`;
  const down =
    outages === 0
      ? 'never down'
      : `down ${outages === 1 ? 'once' : `${outages} times`}, ${duration(downSeconds)} in all`;
  const unknown = unknownSeconds < 1 ? '' : `; not known for ${duration(unknownSeconds)}`;
  return `Connected ${percent(up)} of the time ${window}: ${down}${unknown}`;
}

/** Never 100 % for what was down, nor 0 % for what was up. */
function percent(share: number): string {
  const rounded = Math.round(share * 1000) / 10;
  if (rounded === 100 && share < 1) return 'more than 99.9 %';
  if (rounded === 0 && share > 0) return 'less than 0.1 %';
  return `${rounded} %`;
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.round(whole / 60)} min`;
  if (whole < 2 * 86_400) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86_400)} days`;
}
