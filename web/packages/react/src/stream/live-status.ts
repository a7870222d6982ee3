export type LiveState = 'connecting' | 'live' | 'reconnecting';
export interface LiveStatus {
  readonly state: LiveState;
  /** Since when it is in this state; null before the first connection was tried. */
  readonly since: Date | null;
  /** Up to when what is shown is all there is: while live a few seconds ago, else when the stream was last heard of. */
  readonly dataAsOf: Date | null;
}
