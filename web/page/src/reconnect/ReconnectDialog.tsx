import { Button, Loader, Modal } from '@mantine/core';
import { useWhatsAppSession } from '@truesend/react';
import { lazy, Suspense } from 'react';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import { useBehind } from '../told/behind';
import { Foreign } from '../told/Foreign';
import { CodeEnds } from './CodeEnds';
import classes from './ReconnectDialog.module.css';
import type { Reconnecting, Target } from './use-reconnecting';

// drawing a code takes a library of its own, which nobody needs before
const QrCode = lazy(async () => ({ default: (await import('./QrCode')).QrCode }));

/** Shows the code to scan, as the gateway renews it; closes itself when the session is connected. */
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

function Pairing() {
  const t = useTranslations('reconnect');
  const { connectionState } = useWhatsAppSession();
  const { qrCode, pairingCode, expiresAt, error, status } = connectionState;
  const isScanned = status === 'connecting' || status === 'connected';
  return (
    <>
      <div className={classes['code']} data-waits={!qrCode}>
        {qrCode && !isScanned ? (
          <Suspense fallback={<Loader size="sm" />}>
            <QrCode code={qrCode} />
          </Suspense>
        ) : (
          <Loader size="sm" />
        )}
      </div>
      <div className={classes['words']} aria-live="polite">
        {qrCode && !isScanned ? <p>{t('how')}</p> : <p>{isScanned ? t('connecting') : t('preparing')}</p>}
      </div>
      {qrCode && !isScanned && <CodeEnds at={expiresAt} />}
      {pairingCode && !isScanned && (
        <div className={classes['words']}>
          <p>{t('pairingCode')}</p>
          <p className={classes['pairingCode']}>{pairingCode}</p>
        </div>
      )}
      {error && (
        <p className="quiet">
          <Foreign text={error} />
        </p>
      )}
    </>
  );
}

function useTitle(target: Target | null): string {
  const t = useTranslations('reconnect');
  const sessions = useTranslations('sessions');
  if (target?.kind === 'session') return t('title', { name: nameOf(target.session) ?? sessions('unnamed') });
  return target?.displayName ? t('title', { name: target.displayName }) : t('newTitle');
}
