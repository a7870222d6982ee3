import { expect, test } from 'vitest';
import { badgeOf, lastKnownBadge, type Badge, type BadgeColumns } from '../src/index';
import cases from './badge-cases.json';

test.each(cases as { session: BadgeColumns; badge: Badge }[])(
  'a session is $badge, as the API decides it (case %#)',
  ({ session, badge }) => {
    expect(badgeOf(session)).toBe(badge);
  },
);

test('an error a microsecond newer than the last answer is a doubt', () => {
  const session = {
    status: 'disconnected',
    connected_at: '2026-03-01T08:00:00Z',
    phone_number: '49151',
    silent_since: null,
    superseded_by: null,
    last_error: 'no answer',
    last_verified_at: '2026-03-01T09:00:00.123456+00:00',
    last_error_at: '2026-03-01T09:00:00.123457+00:00',
  };

  expect(badgeOf(session)).toBe('cannot_verify');
  expect(badgeOf({ ...session, last_error_at: session.last_verified_at })).toBe('disconnected');
});

test('a session that cannot be verified keeps what it was last known to be, and no other has a last known state', () => {
  const session: BadgeColumns = {
    status: 'connected',
    connected_at: '2026-03-01T08:00:00Z',
    phone_number: '49151',
    silent_since: null,
    superseded_by: null,
    last_error: 'no answer',
    last_verified_at: null,
    last_error_at: '2026-03-01T09:00:00Z',
  };

  expect(lastKnownBadge(session)).toBe('connected');
  expect(lastKnownBadge({ ...session, status: 'disconnected' })).toBe('disconnected');
  expect(lastKnownBadge({ ...session, status: 'migrated' })).toBeNull();
  expect(lastKnownBadge({ ...session, last_error: null, last_verified_at: '2026-03-01T09:00:00Z' })).toBeNull();
});
