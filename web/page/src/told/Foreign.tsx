import { UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import classes from './Foreign.module.css';

const SHORT_CHARACTERS = 240;
const SHORT_LINES = 3;

const isLong = (text: string): boolean =>
  text.length > SHORT_CHARACTERS || text.split('\n', SHORT_LINES + 1).length > SHORT_LINES;

/**
 * Somebody else's words: a gateway's, a CRM's. Always text, never markup; what changes the direction of writing changes it in
 * here only, and what is long is cut until it is asked for.
 */
export function Foreign({ text }: { readonly text: string }) {
  const t = useTranslations('told');
  const [showsAll, setShowsAll] = useState(false);
  if (!isLong(text)) return <bdi className={classes['text']}>{text}</bdi>;
  return (
    <>
      <bdi
        className={showsAll ? classes['all'] : classes['cut']}
        {...(showsAll ? { tabIndex: 0, role: 'group', 'aria-label': t('wholeText') } : {})}
      >
        {showsAll ? text : text.slice(0, SHORT_CHARACTERS)}
      </bdi>
      <UnstyledButton
        className={classes['toggle']}
        aria-expanded={showsAll}
        onClick={() => {
          setShowsAll(!showsAll);
        }}
      >
        {showsAll ? t('showLess') : t('showAll')}
      </UnstyledButton>
    </>
  );
}
