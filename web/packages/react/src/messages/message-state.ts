import type { HeldReason, MessageDetail, MessageRow } from '../api/types';

/** How it is known that a message was sent; null where the row does not tell. */
export type ConfirmedBy = 'http' | 'callback' | 'lookup' | 'receipt' | 'operator';

/** Where a message stands, in what an operator needs to know. Texts are made of it by `Labels.message`. */
export type MessageState =
  | { readonly kind: 'scheduled'; readonly at: Date }
  | { readonly kind: 'due' }
  | { readonly kind: 'held'; readonly reason: HeldReason; readonly until: Date | null; readonly inSeconds: number | null }
  | { readonly kind: 'retrying'; readonly at: Date; readonly inSeconds: number; readonly attempt: number; readonly of: number | null }
  | { readonly kind: 'sending'; readonly since: Date | null }
  | { readonly kind: 'accepted'; readonly since: Date }
  | { readonly kind: 'unconfirmed'; readonly since: Date; readonly sentence: string | null; readonly words: string | null }
  | {
      readonly kind: 'sent';
      readonly at: Date | null;
      readonly confirmedBy: ConfirmedBy | null;
      readonly deliveredAt: Date | null;
      readonly readAt: Date | null;
    }
  | { readonly kind: 'failed'; readonly sentence: string | null; readonly words: string | null }
  | { readonly kind: 'cancelled'; readonly words: string | null }
  | { readonly kind: 'unknown'; readonly status: string };

export type MessageStateKind = MessageState['kind'];

export interface MessageStateOptions {
  /** MAX_ATTEMPTS of the installation, where it is known. */
  readonly maxAttempts?: number;
}

export declare function messageState(
  row: MessageRow | MessageDetail,
  now: Date,
  options?: MessageStateOptions,
): MessageState;
