import { TextInput } from '@mantine/core';
import { useEffect, useEffectEvent, useState } from 'react';
import { useTranslations } from 'use-intl';

interface SearchFieldProps {
  readonly text: string;
  readonly onSearch: (text: string) => void;
}

const PAUSE_MS = 300;

/** Looks for a text once the viewer has stopped typing. */
export function SearchField({ text, onSearch }: SearchFieldProps) {
  const t = useTranslations('messages');
  const [typed, setTyped] = useState(text);
  const search = useEffectEvent(onSearch);

  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => {
      search(typed);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [typed, text]);

  return (
    <TextInput
      type="search"
      label={t('search')}
      placeholder={t('searchHint')}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
      }}
    />
  );
}
