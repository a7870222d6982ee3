import { type MessageDetail, messageState, useLabels } from '@truesend/react';

import { useClock } from '../told/clock';
import { useMoments } from '../told/moments';

/** Where a message stands, in one sentence; the gateway's words are not in it. */
export function StateSentence({ message }: { readonly message: MessageDetail }) {
  const labels = useLabels();
  const { short } = useMoments();
  const sentence = useClock((nowMs) => labels.message(messageState(message, new Date(nowMs)), short));
  return <span>{sentence}</span>;
}
