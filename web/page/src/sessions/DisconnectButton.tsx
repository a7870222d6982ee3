import { Button } from '@mantine/core';
import type { SessionRow } from '@truesend/react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { Confirm } from '../told/Confirm';
import type { OutcomeOfAction } from '../told/Outcome';
import { useOperations } from './operations';
import { nameOf } from './session-name';

interface DisconnectButtonProps {
  readonly session: SessionRow;
  readonly onOutcome: (outcome: OutcomeOfAction | null) => void;
}

/** Has the gateway end the session, after a question: the phone must be paired again afterwards. */
export function DisconnectButton({ session, onOutcome }: DisconnectButtonProps) {
  const t = useTranslations('sessions');
  const { disconnect } = useOperations();
  // a dialog for each of a thousand rows would cost more than the rows: there is none before the first click
  const [isAsked, setIsAsked] = useState<boolean | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  async function confirm() {
    setIsBusy(true);
    const result = await disconnect(session.id);
    setIsBusy(false);
    setIsAsked(false);
    onOutcome(result.ok ? { kind: 'done', says: t('disconnected') } : { kind: 'refused', by: result.error });
  }

  return (
    <>
      <Button
        variant="default"
        size="xs"
        onClick={() => {
          setIsAsked(true);
        }}
      >
        {t('disconnect')}
      </Button>
      {isAsked !== null && (
        <Confirm
          isOpen={isAsked}
          isBusy={isBusy}
          title={t('disconnectTitle', { name: nameOf(session) ?? t('unnamed') })}
          says={t('disconnectSays')}
          confirm={t('disconnect')}
          refuse={t('keep')}
          onConfirm={() => void confirm()}
          onRefuse={() => {
            setIsAsked(false);
          }}
        />
      )}
    </>
  );
}
