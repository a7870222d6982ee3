import { useSyncExternalStore } from 'react';
import type { RoundTrip } from '../tracing/round-trips';
import { useLiveData } from './context';

/** A session's last verification that was asked for here, with the id of its trace; null before there was one. */
export function useRoundTrip(sessionId: string): RoundTrip | null {
  const { state } = useLiveData().roundTrips;
  return useSyncExternalStore(state.subscribe, state.get, state.get).get(sessionId) ?? null;
}
