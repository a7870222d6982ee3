import type { Badge, SessionRow } from '@truesend/react';
import { describe, expect, test } from 'vitest';

import { countByBadge, EVERYTHING, selectSessions } from '../src/sessions/select-sessions';
import { deadEnds, type Queue } from '../src/sessions/waiting';

const session = (id: string, badge: Badge, more: Partial<SessionRow> = {}): SessionRow => ({
  id,
  organization_id: 'o',
  phone_number: `91980000000${id}`,
  display_name: `Desk ${id}`,
  status: 'connected',
  badge,
  verifying: false,
  superseded_by: null,
  silent_since: null,
  gateway: 'default',
  last_error: null,
  last_error_at: null,
  last_verified_at: null,
  connected_at: null,
  last_active_at: null,
  created_at: '2026-03-01T12:00:00Z',
  updated_at: '2026-03-01T12:00:00Z',
  version: 1,
  ...more,
});
const queue = (session_id: string, waiting: number): Queue => ({
  session_id,
  waiting,
  oldest_due_at: '2026-03-01T12:00:00Z',
  held_reason: 'session_down',
  held_until: null,
});

describe('looking for sessions', () => {
  const all = [session('1', 'connected'), session('2', 'disconnected'), session('3', 'connected')];

  test('keeps their order, so that a row does not move when its state changes', () => {
    expect(selectSessions(all, { text: 'desk', badge: null }).map(({ id }) => id)).toEqual(['1', '2', '3']);
  });

  test('finds a number however it is written', () => {
    expect(selectSessions(all, { text: '+91 98000 00002', badge: null }).map(({ id }) => id)).toEqual(['2']);
  });

  test('finds what has the badge', () => {
    expect(selectSessions(all, { ...EVERYTHING, badge: 'disconnected' }).map(({ id }) => id)).toEqual(['2']);
  });

  test('counts what wants attention first', () => {
    expect(countByBadge(all)).toEqual([
      ['disconnected', 1],
      ['connected', 2],
    ]);
  });
});

describe('the banner', () => {
  test('is about dead sessions with messages waiting, and about nothing else', () => {
    const sessions = [
      session('1', 'disconnected'),
      session('2', 'connected'),
      session('3', 'never_paired'),
      session('4', 'cannot_verify'),
      session('5', 'silent'),
    ];
    const queues = [queue('1', 2), queue('2', 9), queue('3', 9), queue('4', 9), queue('5', 5)];

    expect(deadEnds(sessions, queues).map((end) => end.session.id)).toEqual(['5', '1']);
  });

  test('is not there when a dead session has nothing waiting', () => {
    expect(deadEnds([session('1', 'disconnected')], [])).toEqual([]);
  });
});
