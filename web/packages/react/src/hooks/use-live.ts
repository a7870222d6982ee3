import { useSyncExternalStore } from 'react';
import type { LiveStatus } from '../stream/live-status';
import { useLiveData } from './context';

/** How the live stream is. */
export function useLive(): LiveStatus {
  const { status } = useLiveData().stream;
  return useSyncExternalStore(status.subscribe, status.get, status.get);
}
