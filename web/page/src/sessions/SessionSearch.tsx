import { TextInput, UnstyledButton } from '@mantine/core';
import { type Badge, type SessionRow, useLabels } from '@truesend/react';
import { useMemo } from 'react';
import { useFormatter, useTranslations } from 'use-intl';

import { countByBadge, type Search } from './select-sessions';
import classes from './SessionSearch.module.css';

interface SessionSearchProps {
  readonly sessions: readonly SessionRow[];
  readonly search: Search;
  readonly onSearch: (search: Search) => void;
}

/** From so many on, one looks for a session instead of at all of them. */
const MANY = 10;

/** How many sessions there are of each kind; a click shows only these. */
export function SessionSearch({ sessions, search, onSearch }: SessionSearchProps) {
  const t = useTranslations('sessions');
  const labels = useLabels();
  const counts = useMemo(() => countByBadge(sessions), [sessions]);
  const choose = (badge: Badge | null) => {
    onSearch({ ...search, badge });
  };
  return (
    <div className={classes['search']}>
      <div role="group" aria-label={t('showing')} className={classes['kinds']}>
        <Kind
          label={t('all')}
          count={sessions.length}
          isChosen={search.badge === null}
          onChoose={() => {
            choose(null);
          }}
        />
        {counts.map(([badge, count]) => (
          <Kind
            key={badge}
            label={labels.badge[badge]}
            count={count}
            isChosen={search.badge === badge}
            onChoose={() => {
              choose(search.badge === badge ? null : badge);
            }}
          />
        ))}
      </div>
      {sessions.length > MANY && (
        <TextInput
          type="search"
          size="sm"
          aria-label={t('find')}
          placeholder={t('findHint')}
          value={search.text}
          onChange={(event) => {
            onSearch({ ...search, text: event.currentTarget.value });
          }}
        />
      )}
    </div>
  );
}

interface KindProps {
  readonly label: string;
  readonly count: number;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

function Kind({ label, count, isChosen, onChoose }: KindProps) {
  const format = useFormatter();
  return (
    <UnstyledButton className={classes['kind']} aria-pressed={isChosen} onClick={onChoose}>
      <strong>{format.number(count)}</strong> {label}
    </UnstyledButton>
  );
}
