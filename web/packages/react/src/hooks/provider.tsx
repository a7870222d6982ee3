import { QueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import type { TruesendClient } from '../client/client';
import { LabelsContext, LocaleContext, labelsWith } from '../labels/context';
import { english } from '../labels/english';
import type { LabelOverrides } from '../labels/labels';
import { LiveData } from '../live/live-data';
import { systemClock } from '../time/clock';
import { LiveDataContext } from './context';

export interface TruesendProviderProps {
  readonly client: TruesendClient;
  /** The host app's own, if it is to be shared. It is used for our queries only: below the provider, the host's stays the host's. */
  readonly queryClient?: QueryClient;
  /** Texts of the components; the rest is English. */
  readonly labels?: LabelOverrides;
  /** For dates and numbers; the browser's, if not given. */
  readonly locale?: string;
  readonly children?: ReactNode;
}

/** Gives all hooks below it one client, one cache and one live stream. */
export function TruesendProvider({ client, queryClient, labels, locale, children }: TruesendProviderProps): ReactNode {
  const [own] = useState(() => new QueryClient());
  const queries = queryClient ?? own;
  const live = useMemo(
    () => new LiveData({ client, queries, clock: systemClock, random: Math.random }),
    [client, queries],
  );
  const texts = useMemo(() => labelsWith(english, labels), [labels]);
  useEffect(() => live.hold(), [live]);
  useEffect(() => wakeOnReturn(live), [live]);
  return (
    <LiveDataContext value={live}>
      <LocaleContext value={locale}>
        <LabelsContext value={texts}>{children}</LabelsContext>
      </LocaleContext>
    </LiveDataContext>
  );
}

/** Timers sleep in hidden tabs and closed laptops: who comes back should not wait for them. */
function wakeOnReturn(live: LiveData): () => void {
  const wake = () => {
    if (document.visibilityState === 'visible') live.stream.wake();
  };
  document.addEventListener('visibilitychange', wake);
  window.addEventListener('online', wake);
  window.addEventListener('pageshow', wake);
  return () => {
    document.removeEventListener('visibilitychange', wake);
    window.removeEventListener('online', wake);
    window.removeEventListener('pageshow', wake);
  };
}
