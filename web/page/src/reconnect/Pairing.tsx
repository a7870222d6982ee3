import { Button, Loader } from '@mantine/core';
import { type ConnectionState, useWhatsAppSession } from '@truesend/react';
import { lazy, Suspense, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Foreign } from '../told/Foreign';
import { ByPhoneNumber } from './ByPhoneNumber';
import { CodeEnds } from './CodeEnds';
import classes from './Pairing.module.css';

// drawing a code takes a library of its own, which nobody needs before
const QrCode = lazy(async () => ({ default: (await import('./QrCode')).QrCode }));

/** How the pairing goes: a QR code or, where the gateway gives one and somebody prefers it, a code for the phone. */
export function Pairing() {
  const t = useTranslations('reconnect');
  const { connectionState: connection, requestPairingCode } = useWhatsAppSession();
  const [isByNumber, setIsByNumber] = useState(false);
  const { offersPairingCode, error, status } = connection;
  const isTaken = status === 'connecting' || status === 'connected';
  return (
    <>
      {isByNumber && !isTaken ? (
        <ByPhoneNumber
          connection={connection}
          onRequest={async (phoneNumber) => {
            const result = await requestPairingCode(phoneNumber);
            return result.ok ? null : result.error;
          }}
        />
      ) : (
        <ByQrCode connection={connection} isTaken={isTaken} />
      )}
      {error && (
        <p className="quiet" role="status">
          <Foreign text={error} />
        </p>
      )}
      {offersPairingCode && !isTaken && (
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => {
            setIsByNumber(!isByNumber);
          }}
        >
          {isByNumber ? t('byQrCode') : t('byPhoneNumber')}
        </Button>
      )}
    </>
  );
}

function ByQrCode({ connection, isTaken }: { readonly connection: ConnectionState; readonly isTaken: boolean }) {
  const t = useTranslations('reconnect');
  const { qrCode, expiresAt } = connection;
  const shown = isTaken ? null : qrCode;
  return (
    <>
      <div className={classes['code']} data-waits={!shown}>
        {shown ? (
          <Suspense fallback={<Loader size="sm" />}>
            <QrCode code={shown} />
          </Suspense>
        ) : (
          <Loader size="sm" />
        )}
      </div>
      <div className={classes['words']} aria-live="polite">
        <p>{shown ? t('how') : isTaken ? t('connecting') : t('preparing')}</p>
      </div>
      {shown && <CodeEnds at={expiresAt} kind="qr" />}
    </>
  );
}
