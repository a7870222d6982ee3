import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import {
  MessageStateText,
  SessionBadge,
  summarizeUptime,
  TimeAgo,
  UptimeStrip,
  type UptimeSegment,
} from '../src/index';
import { at, message, session } from './rows';

test.each([
  ['Verifying…', session(1), true],
  ['Connected', session(1), false],
  ['Disconnected — Reconnect needed', session(1, { status: 'disconnected' }), false],
  ['Connecting…', session(1, { status: 'connecting' }), false],
  ['Scan QR', session(1, { status: 'qr_pending' }), false],
  ["Can't verify", session(1, { last_error: 'no answer', last_error_at: at(5) }), false],
  ['Connected, but nothing gets through', session(1, { silent_since: at(1) }), false],
  ['Never paired', session(1, { status: 'disconnected', connected_at: null, phone_number: null }), false],
])('a badge says %s in words, and a screen reader is told when it changes', (text, row, verifying) => {
  render(<SessionBadge session={row} verifying={verifying} live />);

  expect(screen.getByRole('status').textContent).toBe(text);
});

test('what a badge draws is hidden from who hears it', () => {
  render(<SessionBadge session={session(1)} />);

  expect(screen.getByText('Connected').parentElement?.querySelector('svg')?.getAttribute('aria-hidden')).toBe('true');
});

test('a time says how long ago it was, and exactly when', () => {
  render(<TimeAgo at={new Date(Date.now() - 4_200)} />);

  const time = screen.getByText('4 s ago');
  expect(time.tagName).toBe('TIME');
  expect(time.getAttribute('title')).toMatch(/\d{4}/);
});

const segments: UptimeSegment[] = [
  { from: at(0), to: at(3600), state: 'up' },
  { from: at(3600), to: at(3660), state: 'down' },
  { from: at(3660), to: at(7200), state: 'up' },
  { from: at(7200), to: at(9000), state: 'unknown' },
];

test('an up-time strip is an image with what it shows as its text', () => {
  render(<UptimeStrip segments={segments} />);

  expect(screen.getByRole('img').getAttribute('aria-label')).toBe(
    'Connected 99.2 % of the time in the last 3 hours: down once, 1 min in all; not known for 30 min',
  );
});

test('the time that nobody knows of counts neither as up nor as down', () => {
  expect(summarizeUptime(segments)).toMatchObject({
    up: 7140 / 7200,
    downSeconds: 60,
    unknownSeconds: 1800,
    outages: 1,
  });
  expect(summarizeUptime([{ from: at(0), to: at(60), state: 'unknown' }]).up).toBeNull();
});

test("a failed message says so, with the gateway's own words as text", () => {
  const { container } = render(<MessageStateText message={message(1, { status: 'failed', vps_error: '<b>no</b>' })} />);

  expect(container.textContent).toContain('Failed');
  expect(screen.getByText('<b>no</b>').tagName).toBe('BDI');
});
