import { createContext, use } from 'react';
import type { TruesendClient } from '../client/client';
import type { LiveData } from '../live/live-data';

export const LiveDataContext = createContext<LiveData | null>(null);

/** What the provider above holds. */
export function useLiveData(): LiveData {
  const live = use(LiveDataContext);
  if (!live) throw new Error('There is no <TruesendProvider> above this component.');
  return live;
}

/** The provider's client, for what no hook does. */
export function useTruesendClient(): TruesendClient {
  return useLiveData().client;
}
