import { Button } from '@mantine/core';
import { useTranslations } from 'use-intl';

import classes from './Newer.module.css';

interface NewerProps {
  readonly count: number;
  readonly onShow: () => void;
}

/** Messages that came since the list was read: they wait above it until they are asked for, so that nothing jumps. */
export function Newer({ count, onShow }: NewerProps) {
  const t = useTranslations('messages');

  function show() {
    onShow();
    window.scrollTo({ top: 0 });
  }

  return (
    <div className={classes['place']} role="status">
      {count > 0 && (
        <Button size="compact-xs" radius="xl" onClick={show}>
          {t('newer', { count })}
        </Button>
      )}
    </div>
  );
}
