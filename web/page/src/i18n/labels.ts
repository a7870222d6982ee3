import type { Labels, MessageState } from '@truesend/react';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';

import { inUnits } from '../told/ago';

/** The texts of the package's components, from the page's catalogue. */
export function useLabels(): Labels {
  const t = useTranslations();
  return useMemo(() => labelsFrom(t), [t]);
}

type Texts = ReturnType<typeof useTranslations<never>>;

function labelsFrom(t: Texts): Labels {
  const ago = (seconds: number) => {
    const { unit, count } = inUnits(Math.abs(seconds));
    return t(seconds < 0 ? `time.${unit}Ahead` : `time.${unit}Ago`, { count });
  };
  return {
    badge: {
      verifying: t('badge.verifying'),
      connected: t('badge.connected'),
      silent: t('badge.silent'),
      disconnected: t('badge.disconnected'),
      connecting: t('badge.connecting'),
      scan_qr: t('badge.scan_qr'),
      cannot_verify: t('badge.cannot_verify'),
      never_paired: t('badge.never_paired'),
    },
    ago,
    verified: (when) => t('sessions.verified', { ago: when }),
    neverVerified: t('sessions.neverVerified'),
    sessions: t('frame.sessions'),
    noSessions: t('sessions.none'),
    loading: t('told.loading'),
    unnamed: t('sessions.unnamed'),
    noNumber: t('sessions.noNumber'),
    lastKnown: (badge) => t('sessions.lastKnown', { badge }),
    message: (state, formatTime) => sentenceOf(t, state, formatTime),
    uptime: ({ up, outages, hours }) =>
      up === null ? t('uptime.unknown', { hours }) : t('uptime.says', { up, outages, hours }),
    uptimeState: { up: t('uptime.up'), down: t('uptime.down'), unknown: t('uptime.notKnown') },
  };
}

function sentenceOf(t: Texts, state: MessageState, formatTime: (at: Date) => string): string {
  switch (state.kind) {
    case 'scheduled':
      return t('message.scheduled', { time: formatTime(state.at) });
    case 'due':
      return t('message.due');
    case 'held':
      return state.until
        ? t('message.heldUntil', { why: t(`held.${state.reason}`), time: formatTime(state.until) })
        : t(`held.${state.reason}`);
    case 'retrying':
      return t(state.of === null ? 'message.retrying' : 'message.retryingOf', {
        time: durationOf(t, state.inSeconds),
        attempt: state.attempt,
        of: state.of ?? 0,
      });
    case 'sending':
      return t('message.sending');
    case 'accepted':
      return t('message.accepted');
    case 'unconfirmed':
      return t('message.unconfirmed');
    case 'sent':
      return sentOf(t, state);
    case 'failed':
      return t('message.failed');
    case 'cancelled':
      return t('message.cancelled');
    case 'unknown':
      return state.status;
  }
}

function sentOf(t: Texts, state: Extract<MessageState, { kind: 'sent' }>): string {
  if (state.readAt) return t('message.read');
  if (state.deliveredAt) return t('message.delivered');
  return state.confirmedBy ? t('message.sentBy', { how: t(`confirmed.${state.confirmedBy}`) }) : t('message.sent');
}

/** "40 s", "3 min". */
function durationOf(t: Texts, seconds: number): string {
  const { unit, count } = inUnits(seconds);
  return t(`time.${unit}`, { count });
}
