import type { Overview, SessionRow } from '@truesend/react';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';

import type { Reconnecting } from '../reconnect/use-reconnecting';
import { SessionItem } from './SessionItem';
import classes from './SessionRows.module.css';

interface SessionRowsProps {
  readonly label: string;
  readonly sessions: readonly SessionRow[];
  readonly verifyingSessionIds: ReadonlySet<string>;
  readonly overview: Overview | undefined;
  readonly reconnecting: Reconnecting;
}

const USUAL_HEIGHT_PX = 108;
const BEYOND_THE_EDGE = 6;
/** Up to here a list is drawn whole, so that the browser's own search finds every session. */
const DRAWN_WHOLE = 60;

/** Sessions as a list. Of a long one only what is in view is drawn; each item still tells its place in the whole. */
export function SessionRows({ label, sessions, verifyingSessionIds, overview, reconnecting }: SessionRowsProps) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const element = list.current;
    if (element) setTop(element.getBoundingClientRect().top + window.scrollY);
  }, []);
  const isWhole = sessions.length <= DRAWN_WHOLE;
  const virtualizer = useWindowVirtualizer({
    count: sessions.length,
    enabled: !isWhole,
    estimateSize: () => USUAL_HEIGHT_PX,
    overscan: BEYOND_THE_EDGE,
    scrollMargin: top,
    getItemKey: (index) => sessions[index]?.id ?? index,
  });

  const segmentsOf = useMemo(
    () => new Map(overview?.uptime.map(({ session_id, segments }) => [session_id, segments])),
    [overview?.uptime],
  );
  const queueOf = useMemo(
    () => new Map(overview?.queues.map((queue) => [queue.session_id, queue])),
    [overview?.queues],
  );
  const item = (session: SessionRow) => (
    <SessionItem
      session={session}
      isVerifying={verifyingSessionIds.has(session.id)}
      segments={segmentsOf.get(session.id)}
      queue={queueOf.get(session.id)}
      heldBefore={reconnecting.leaving?.sessionId === session.id ? reconnecting.leaving.from : null}
      onReconnect={reconnecting.start}
    />
  );

  if (isWhole) {
    return (
      <ul ref={list} role="list" aria-label={label} className={classes['list']}>
        {sessions.map((session) => (
          <li key={session.id} className={classes['item']}>
            {item(session)}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <ul
      ref={list}
      role="list"
      aria-label={label}
      className={classes['list']}
      style={{ height: virtualizer.getTotalSize(), position: 'relative' }}
    >
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const session = sessions[index];
        return (
          session && (
            <li
              key={key}
              ref={virtualizer.measureElement}
              data-index={index}
              aria-posinset={index + 1}
              aria-setsize={sessions.length}
              className={classes['placed']}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              {item(session)}
            </li>
          )
        );
      })}
    </ul>
  );
}
