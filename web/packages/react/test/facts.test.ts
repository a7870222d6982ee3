import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyMessageFact, applySessionFact, badgeOf } from '../src/index';
import { needsReading } from '../src/sessions/apply-session-fact';
import { at, message, messageFact, session, sessionFact } from './rows';

const statuses = fc.constantFrom('connected', 'disconnected', 'connecting', 'qr_pending');
const sessionHistory = fc.array(
  fc.record({ status: statuses, last_error: fc.option(fc.string()), silent_since: fc.constant(null) }),
  { minLength: 1, maxLength: 8 },
);
const messageHistory = fc.array(
  fc.record({
    type: fc.constantFrom('message.accepted', 'message.sent', 'message.failed', 'message.held', 'message.retried'),
    status: fc.constantFrom('pending', 'sending', 'sent', 'failed'),
    retry_count: fc.nat(5),
    error_message: fc.option(fc.string()),
  }),
  { minLength: 1, maxLength: 8 },
);

/** Facts in some order, some of them more than once, and each at least once. */
function shuffled<Fact>(facts: readonly Fact[]): fc.Arbitrary<Fact[]> {
  return fc
    .tuple(fc.shuffledSubarray([...facts], { minLength: facts.length }), fc.array(fc.constantFrom(...facts)))
    .chain(([once, repeats]) =>
      fc.shuffledSubarray([...once, ...repeats], { minLength: once.length + repeats.length }),
    );
}

function lastOf<Fact>(facts: readonly Fact[]): Fact {
  const last = facts.at(-1);
  if (last === undefined) throw new Error('there is none');
  return last;
}

test('facts of a session in any order and number end in the newest version', () => {
  const row = session(1);
  const arrivals = sessionHistory.chain((history) => {
    const facts = history.map((columns, index) =>
      sessionFact(row, `session.${columns.status}`, { ...columns, version: index + 2, last_verified_at: at(index) }),
    );
    return fc.tuple(fc.constant(facts), shuffled(facts));
  });
  fc.assert(
    fc.property(arrivals, ([facts, arriving]) => {
      const newest = lastOf(facts);
      const after = arriving.reduce(applySessionFact, row);
      expect(after).toMatchObject({
        version: newest.version,
        status: newest.status,
        last_error: newest.last_error,
        last_verified_at: newest.last_verified_at,
      });
      expect(after.badge).toBe(badgeOf(after));
    }),
  );
});

test('facts of a message in any order and number end in the newest version', () => {
  const row = message(1);
  const arrivals = messageHistory.chain((history) => {
    const facts = history.map(({ type, ...columns }, index) =>
      messageFact(row, type, { ...columns, version: index + 2 }),
    );
    return fc.tuple(fc.constant(facts), shuffled(facts));
  });
  fc.assert(
    fc.property(arrivals, ([facts, arriving]) => {
      const newest = lastOf(facts);
      const after = arriving.reduce(applyMessageFact, row);
      expect(after).toMatchObject({
        version: newest.version,
        status: newest.status,
        retry_count: newest.retry_count,
        error_message: newest.error_message,
      });
    }),
  );
});

test('a fact that tells nothing new leaves the very row', () => {
  const row = session(1, { version: 5 });
  const sent = message(1, { version: 5 });

  expect(applySessionFact(row, sessionFact(row, 'session.disconnected', { version: 4 }))).toBe(row);
  expect(applyMessageFact(sent, messageFact(sent, 'message.failed', { version: 5 }))).toBe(sent);
});

test('a fact of another row changes nothing', () => {
  expect(applySessionFact(session(1), sessionFact(session(2), 'session.disconnected'))).toEqual(session(1));
  expect(applyMessageFact(message(1), messageFact(message(2), 'message.sent'))).toEqual(message(1));
});

test('a verification that changes nothing is shown: the time moves on', () => {
  const row = session(1);
  const notice = sessionFact(row, 'session.verified', { version: row.version, last_verified_at: at(30) });

  expect(applySessionFact(row, notice).last_verified_at).toBe(at(30));
});

test('what a fact does not carry stays as it was', () => {
  const row = message(1, { delivered_at: at(5), message_content: 'Hello' });

  expect(applyMessageFact(row, messageFact(row, 'message.read', { read_at: at(9) }))).toMatchObject({
    delivered_at: at(5),
    read_at: at(9),
    message_content: 'Hello',
  });
});

test('a fact tells how a message was confirmed, and the next attempt begins without that', () => {
  const row = message(1, { status: 'sending' });

  const sent = applyMessageFact(row, messageFact(row, 'message.sent', { status: 'sent', confirmed_by: 'callback' }));
  const delivered = applyMessageFact(sent, messageFact(sent, 'message.delivered', { delivered_at: at(9) }));
  const retried = applyMessageFact(delivered, messageFact(delivered, 'message.retried', { status: 'pending' }));

  expect([sent, delivered, retried].map((each) => each.confirmed_by)).toEqual(['callback', 'callback', null]);
});

test('a session that a newer one has superseded has to be read again', () => {
  const row = session(1);

  expect(needsReading(row, sessionFact(row, 'session.superseded', { status: 'disconnected' }))).toBe(true);
  expect(needsReading(row, sessionFact(row, 'session.disconnected', { status: 'disconnected' }))).toBe(false);
});
