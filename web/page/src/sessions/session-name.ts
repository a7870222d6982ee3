import type { SessionRow } from '@truesend/react';

type Named = Pick<SessionRow, 'display_name' | 'phone_number'>;

/** What to call a session in a sentence; null where it has neither name nor number. */
export function nameOf({ display_name, phone_number }: Named): string | null {
  if (display_name?.trim()) return display_name.trim();
  return phone_number ? numberOf(phone_number) : null;
}

/** A phone number as people write it; anything else as it is. */
export const numberOf = (phoneNumber: string): string =>
  /^\d{6,}$/.test(phoneNumber) ? `+${phoneNumber}` : phoneNumber;
