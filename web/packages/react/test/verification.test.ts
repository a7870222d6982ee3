import { expect, test } from 'vitest';
import { Verification, VERIFYING_LIMIT_MS } from '../src/live/verification';
import { ManualClock } from './manual-clock';
import { at, session, sessionFact } from './rows';

const ROW = session(1, { last_verified_at: at(0) });

function asked(clock = new ManualClock()): Verification {
  const verification = new Verification(clock);
  verification.take({ verifying: [ROW.id], fresh: [] }, [ROW], verification.mark());
  return verification;
}

test('a session is being verified until the stream tells what came of it', () => {
  const verification = asked();
  expect(verification.state.get().verifying.has(ROW.id)).toBe(true);

  verification.hear([sessionFact(ROW, 'session.verified')]);

  expect(verification.state.get().verifying.size).toBe(0);
});

test('a verification that ended before the stream began is seen in the row', () => {
  const verification = asked();

  verification.takeRows([{ ...ROW, last_verified_at: at(5) }], verification.mark());

  expect(verification.state.get().verifying.size).toBe(0);
});

test('a row that nothing has happened to yet, or that is being verified, ends no spinner', () => {
  const verification = asked();

  verification.takeRows([ROW], verification.mark());
  verification.takeRows([{ ...ROW, last_verified_at: at(5), verifying: true }], verification.mark());

  expect(verification.state.get().verifying.has(ROW.id)).toBe(true);
});

test('a verification of which nothing is ever heard ends by itself', () => {
  const clock = new ManualClock();
  const verification = asked(clock);

  clock.advance(VERIFYING_LIMIT_MS);

  expect(verification.state.get().verifying.size).toBe(0);
});
