import { describe, expect, test } from 'vitest';
import { english, mayDo, messageState, type MessageRow } from '../src/index';
import { at, message } from './rows';

const now = new Date(at(1000));
const text = (row: MessageRow) => english.message(messageState(row, now), () => '14:02');

describe('what is said of a message', () => {
  test('one whose time has not come is scheduled', () => {
    expect(text(message(1, { scheduled_for: at(2000) }))).toBe('Scheduled for 14:02');
  });

  test('one whose time has come waits to be sent', () => {
    expect(text(message(1))).toBe('Waiting to be sent');
  });

  test('one whose session is down waits for it', () => {
    expect(text(message(1, { held_reason: 'session_down' }))).toBe('Waiting for session');
  });

  test('one that is held until a time says until when', () => {
    const row = message(1, { held_reason: 'quiet_hours', held_until: at(5000) });

    expect(messageState(row, now)).toMatchObject({ kind: 'held', inSeconds: 4000 });
    expect(text(row)).toBe('Waiting for the end of quiet hours until 14:02');
  });

  test('one that failed before says when it is tried again, and for the how-manieth time', () => {
    const row = message(1, { retry_count: 1, next_attempt_at: at(1040), max_attempts: 3 });

    expect(text(row)).toBe('Retrying in 40 s (attempt 2 of 3)');
    expect(text({ ...row, max_attempts: 1 })).toBe('Retrying in 40 s (attempt 2)');
  });

  test('a time-out is unconfirmed, never failed', () => {
    const row = message(1, { status: 'sending', unconfirmed_at: at(900), error_message: 'No answer in time' });

    expect(text(row)).toBe('Unconfirmed — checking');
  });

  test('one that the gateway took is not called sent before its confirmation', () => {
    expect(text(message(1, { status: 'sending', accepted_at: at(900) }))).toBe('Accepted — waiting for confirmation');
  });

  test('a sent one says how that is known, where its row tells', () => {
    const row = message(1, { status: 'sent', sent_at: at(900), delivered_at: at(950) });

    expect(text(row)).toBe('Sent · delivered');
    expect(text({ ...row, confirmed_by: 'callback' })).toBe("Sent, confirmed by the gateway's callback · delivered");
  });

  test('a way of confirming that nobody knows is not guessed at', () => {
    const row = { ...message(1, { status: 'sent' }), confirmed_by: 'telepathy' };

    expect(text(row as MessageRow)).toBe('Sent');
  });

  test("a failed one keeps the gateway's own words", () => {
    const row = message(1, { status: 'failed', vps_error: 'HTTP 400: not on WhatsApp', error_message: 'Refused' });

    expect(messageState(row, now)).toEqual({ kind: 'failed', sentence: 'Refused', words: 'HTTP 400: not on WhatsApp' });
  });

  test('a status nobody knows is shown as it is', () => {
    expect(text(message(1, { status: 'archived' }))).toBe('archived');
  });
});

test('what may have been sent is retried only when it is meant', () => {
  expect(mayDo('retry', message(1, { status: 'failed' }))).toBe('yes');
  expect(mayDo('retry', message(1, { status: 'sending', unconfirmed_at: at(1) }))).toBe('with_force');
  expect(mayDo('retry', message(1, { status: 'sent' }))).toBe('no');
  expect(mayDo('cancel', message(1))).toBe('yes');
  expect(mayDo('check', message(1, { status: 'sending' }))).toBe('no');
});
