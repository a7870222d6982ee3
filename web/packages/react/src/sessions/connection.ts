import type { PairingAnswer } from '../api/types';
import type { ProblemError } from '../client/problem';

/** How the pairing that `connect` began is going. `error` is a sentence; `problem` has what the API said, where it did. */
export interface ConnectionState {
  readonly isConnecting: boolean;
  readonly sessionId: string | null;
  /** What the phone scans: the text of the code, or a `data:image/…` URL where the gateway gives a picture. */
  readonly qrCode: string | null;
  /** What is typed into the phone instead, once `requestPairingCode` asked for it. */
  readonly pairingCode: string | null;
  /** When a new code comes, where that is known. */
  readonly expiresAt: Date | null;
  /** Whether this session's gateway gives pairing codes; false before it is known. */
  readonly offersPairingCode: boolean;
  readonly error: string | null;
  readonly problem: ProblemError | null;
  /** The gateway's last word; null before there was one, and after the end. */
  readonly status: PairingAnswer['status'] | null;
}
