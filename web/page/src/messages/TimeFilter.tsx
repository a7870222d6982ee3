import { Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { type Filters, SPANS, type Span } from './filters';
import { fieldText, momentOfField } from './local-time';

interface TimeFilterProps {
  readonly filters: Filters;
  readonly onFilter: (filters: Filters) => void;
}

const RANGE = 'range';
const WORDS = { hour: 'lastHour', day: 'lastDay', week: 'lastWeek' } as const satisfies Record<Span, string>;

/** When the messages were created: a span that ends now, or from … to. */
export function TimeFilter({ filters, onFilter }: TimeFilterProps) {
  const t = useTranslations('messages');
  const hasRange = filters.from !== null || filters.to !== null;
  const [wantsRange, setWantsRange] = useState(hasRange);
  const chosen = filters.span ?? (wantsRange || hasRange ? RANGE : null);

  function choose(value: string | null) {
    setWantsRange(value === RANGE);
    const span = value !== null && value in SPANS ? (value as Span) : null;
    onFilter({ ...filters, span, from: null, to: null });
  }

  return (
    <>
      <Select
        label={t('time')}
        data={[
          ...(Object.keys(SPANS) as Span[]).map((value) => ({ value, label: t(WORDS[value]) })),
          { value: RANGE, label: t('range') },
        ]}
        value={chosen}
        onChange={choose}
        placeholder={t('anyTime')}
        clearable
      />
      {chosen === RANGE && (
        <>
          <TextInput
            type="datetime-local"
            label={t('from')}
            value={fieldText(filters.from)}
            onChange={(event) => {
              onFilter({ ...filters, from: momentOfField(event.currentTarget.value) });
            }}
          />
          <TextInput
            type="datetime-local"
            label={t('to')}
            value={fieldText(filters.to)}
            onChange={(event) => {
              onFilter({ ...filters, to: momentOfField(event.currentTarget.value) });
            }}
          />
        </>
      )}
    </>
  );
}
