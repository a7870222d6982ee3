import { Button, Modal } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import { useBehind } from '../told/behind';
import { Pairing } from './Pairing';
import classes from './ReconnectDialog.module.css';
import type { Reconnecting, Target } from './use-reconnecting';

/** Shows the code that pairs, as the gateway renews it; closes itself when the session is connected. */
export function ReconnectDialog({ reconnecting }: { readonly reconnecting: Reconnecting }) {
  const { target, problem, again, cancel } = reconnecting;
  const t = useTranslations('reconnect');
  const told = useTranslations('told');
  const title = useTitle(target);
  useBehind(target !== null);
  return (
    <Modal
      opened={target !== null}
      onClose={cancel}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': told('close') }}
      classNames={{ title: classes['title'] ?? '', body: classes['body'] ?? '' }}
    >
      {problem ? (
        <div role="alert" className={classes['words']}>
          <p className="wrong">{t('failed')}</p>
          <p className="quiet">{problem.detail}</p>
        </div>
      ) : (
        <Pairing />
      )}
      <div className={classes['actions']}>
        <Button variant="default" onClick={cancel}>
          {t('cancel')}
        </Button>
        {problem && <Button onClick={again}>{t('again')}</Button>}
      </div>
    </Modal>
  );
}

function useTitle(target: Target | null): string {
  const t = useTranslations('reconnect');
  const sessions = useTranslations('sessions');
  if (target?.kind === 'session') return t('title', { name: nameOf(target.session) ?? sessions('unnamed') });
  return target?.displayName ? t('title', { name: target.displayName }) : t('newTitle');
}
