import type { LiveMessages } from '@truesend/react';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';

import { MessageRow } from './MessageRow';
import classes from './MessageTable.module.css';

interface MessageTableProps {
  readonly list: LiveMessages;
  readonly sessionNames: ReadonlyMap<string, string | null>;
  readonly onOpen: (messageId: string) => void;
}

const USUAL_HEIGHT_PX = 60;
const BEYOND_THE_EDGE = 10;
/** So many rows before the end, the next page is asked for. */
const READ_AHEAD = 30;

/** The messages as a table, of which only what is in view is drawn. It scrolls with the window, so it works on a phone. */
export function MessageTable({ list, sessionNames, onOpen }: MessageTableProps) {
  const t = useTranslations('messages');
  const { messages, hasMore, isLoadingMore, loadMore } = list;
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => {
    const element = body.current;
    if (!element) return undefined;
    const measure = () => {
      setTop(element.getBoundingClientRect().top + window.scrollY);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    measure();
    return () => {
      observer.disconnect();
    };
  }, []);

  const virtualizer = useWindowVirtualizer({
    count: messages.length,
    estimateSize: () => USUAL_HEIGHT_PX,
    overscan: BEYOND_THE_EDGE,
    scrollMargin: top,
    getItemKey: (index) => messages[index]?.id ?? index,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= messages.length - READ_AHEAD) loadMore();
  }, [hasMore, isLoadingMore, last, loadMore, messages.length]);

  return (
    <div
      role="table"
      aria-label={t('table')}
      aria-rowcount={hasMore ? -1 : messages.length + 1}
      className={classes['table']}
    >
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={classes['head']}>
          <span role="columnheader">{t('recipient')}</span>
          <span role="columnheader">{t('text')}</span>
          <span role="columnheader">{t('session')}</span>
          <span role="columnheader">{t('state')}</span>
          <span role="columnheader">{t('created')}</span>
          <span role="columnheader">
            <span className="only-read-aloud">{t('actions')}</span>
          </span>
        </div>
      </div>
      <div ref={body} role="rowgroup" className={classes['body']} style={{ height: virtualizer.getTotalSize() }}>
        {rows.map(({ index, key, start }) => {
          const message = messages[index];
          return (
            message && (
              <div
                key={key}
                ref={virtualizer.measureElement}
                role="row"
                aria-rowindex={index + 2}
                data-index={index}
                className={classes['placed']}
                style={{ transform: `translateY(${start - top}px)` }}
              >
                <MessageRow
                  message={message}
                  sessionName={message.session_id ? sessionNames.get(message.session_id) : undefined}
                  onOpen={onOpen}
                />
              </div>
            )
          );
        })}
      </div>
      <p className={classes['end']}>{hasMore ? t('loadingMore') : t('end')}</p>
    </div>
  );
}
