import { Button } from '@mantine/core';
import type { SessionRow } from '@truesend/react';
import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { Confirm } from '../told/Confirm';
import type { OutcomeOfAction } from '../told/Outcome';
import { useOperations } from './operations';
import { nameOf } from './session-name';

interface DeleteButtonProps {
  readonly session: SessionRow;
  readonly onOutcome: (outcome: OutcomeOfAction | null) => void;
}

/** Deletes a session that was never paired, after a question. */
export function DeleteButton({ session, onOutcome }: DeleteButtonProps) {
  const t = useTranslations('sessions');
  const { deleteSession } = useOperations();
  const [isAsked, setIsAsked] = useState(false);
  const [isBusy, setIsBusy] = useState(false);

  async function confirm() {
    setIsBusy(true);
    const result = await deleteSession(session.id);
    setIsBusy(false);
    setIsAsked(false);
    if (!result.ok) onOutcome({ kind: 'refused', by: result.error });
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
        {t('delete')}
      </Button>
      <Confirm
        isOpen={isAsked}
        isBusy={isBusy}
        title={t('deleteTitle', { name: nameOf(session) ?? t('unnamed') })}
        says={t('deleteSays')}
        confirm={t('delete')}
        refuse={t('keepSession')}
        onConfirm={() => void confirm()}
        onRefuse={() => {
          setIsAsked(false);
        }}
      />
    </>
  );
}
