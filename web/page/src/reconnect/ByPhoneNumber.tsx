import { Button, TextInput } from '@mantine/core';
import { type ConnectionState, type ProblemError } from '@truesend/react';
import { type SubmitEvent, useState } from 'react';
import { useTranslations } from 'use-intl';

import classes from './ByPhoneNumber.module.css';
import { CodeEnds } from './CodeEnds';

interface ByPhoneNumberProps {
  readonly connection: ConnectionState;
  readonly onRequest: (phoneNumber: string) => Promise<ProblemError | null>;
}

/** Asks for the phone's number, and shows the code that is typed into that phone. */
export function ByPhoneNumber({ connection, onRequest }: ByPhoneNumberProps) {
  const t = useTranslations('reconnect');
  const [phoneNumber, setPhoneNumber] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const [wantsAnother, setWantsAnother] = useState(false);
  const { expiresAt } = connection;
  const pairingCode = wantsAnother ? null : connection.pairingCode;

  async function ask() {
    setIsAsking(true);
    const refused = await onRequest(phoneNumber.trim());
    setIsAsking(false);
    setProblem(refused);
    if (!refused) setWantsAnother(false);
  }

  function submit(event: SubmitEvent) {
    event.preventDefault();
    void ask();
  }

  return (
    <>
      <div className={classes['given']} aria-live="polite">
        {pairingCode && (
          <>
            <p>{t('pairingCode')}</p>
            <p className={classes['code']}>
              <bdi>{pairingCode}</bdi>
            </p>
          </>
        )}
      </div>
      {pairingCode ? (
        <>
          <CodeEnds at={expiresAt} kind="pairingCode" />
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => {
              setWantsAnother(true);
            }}
          >
            {t('anotherPairingCode')}
          </Button>
        </>
      ) : (
        <form onSubmit={submit} className={classes['form']}>
          <TextInput
            type="tel"
            autoComplete="tel"
            label={t('phoneNumber')}
            description={t('phoneNumberSays')}
            error={problem && (problem.status === 422 ? t('noPhoneNumber') : problem.detail)}
            value={phoneNumber}
            onChange={(event) => {
              setPhoneNumber(event.currentTarget.value);
              setProblem(null);
            }}
            maxLength={40}
            autoFocus
          />
          <Button type="submit" loading={isAsking} disabled={phoneNumber.trim() === ''}>
            {t('getPairingCode')}
          </Button>
        </form>
      )}
    </>
  );
}
