import type { MessageRow } from '../api/types';

/** How it is known that a message was sent. */
export type ConfirmedBy = NonNullable<MessageRow['confirmed_by']>;

const WAYS: Readonly<Record<ConfirmedBy, true>> = {
  http: true,
  callback: true,
  lookup: true,
  receipt: true,
  operator: true,
};

/** The word, if it is one that there are texts for: an API that is newer may know others. */
export function confirmedBy(word: string | null | undefined): ConfirmedBy | null {
  return word && Object.hasOwn(WAYS, word) ? (word as ConfirmedBy) : null;
}
