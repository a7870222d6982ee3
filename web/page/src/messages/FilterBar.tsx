import { Button, Select } from '@mantine/core';
import type { SessionRow } from '@truesend/react';
import { useMemo } from 'react';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import classes from './FilterBar.module.css';
import { type Filters, hasFilters, NO_FILTERS, STATUSES } from './filters';
import { SearchField } from './SearchField';
import { TimeFilter } from './TimeFilter';

interface FilterBarProps {
  readonly filters: Filters;
  readonly sessions: readonly SessionRow[];
  readonly onFilter: (filters: Filters) => void;
}

const SHOWN_AT_ONCE = 50;

/** Which messages are shown. Each change goes into the address. */
export function FilterBar({ filters, sessions, onFilter }: FilterBarProps) {
  const t = useTranslations('messages');
  const named = useTranslations('sessions');
  const choices = useMemo(
    () => sessions.map((session) => ({ value: session.id, label: nameOf(session) ?? named('unnamed') })),
    [sessions, named],
  );
  return (
    <section className={classes['bar']} aria-label={t('filters')}>
      <SearchField
        key={filters.text === '' ? 'empty' : 'text'}
        text={filters.text}
        onSearch={(text) => {
          onFilter({ ...filters, text });
        }}
      />
      <Select
        label={t('status')}
        data={STATUSES.map((value) => ({ value, label: t(value) }))}
        value={filters.status}
        onChange={(value) => {
          onFilter({ ...filters, status: value });
        }}
        placeholder={t('anyStatus')}
        clearable
      />
      <Select
        label={t('session')}
        data={choices}
        value={filters.sessionId}
        onChange={(sessionId) => {
          onFilter({ ...filters, sessionId });
        }}
        placeholder={t('anySession')}
        limit={SHOWN_AT_ONCE}
        searchable
        clearable
      />
      <TimeFilter filters={filters} onFilter={onFilter} />
      {hasFilters(filters) && (
        <Button
          variant="subtle"
          color="gray"
          className={classes['clear']}
          onClick={() => {
            onFilter(NO_FILTERS);
          }}
        >
          {t('clear')}
        </Button>
      )}
    </section>
  );
}
