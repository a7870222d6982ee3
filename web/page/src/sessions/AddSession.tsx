import { Button, Modal, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import { useTranslations } from 'use-intl';

import { useBehind } from '../told/behind';
import classes from './AddSession.module.css';

/** Names a new session; then its QR code is shown. */
export function AddSession({ onAdd }: { readonly onAdd: (displayName: string | null) => void }) {
  const t = useTranslations('sessions');
  const told = useTranslations('told');
  const [isOpen, setIsOpen] = useState(false);
  const [name, setName] = useState('');
  useBehind(isOpen);

  function submit(event: SubmitEvent) {
    event.preventDefault();
    setIsOpen(false);
    setName('');
    onAdd(name.trim() || null);
  }

  return (
    <>
      <Button
        variant="default"
        size="sm"
        onClick={() => {
          setIsOpen(true);
        }}
      >
        {t('add')}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => {
          setIsOpen(false);
        }}
        title={t('add')}
        centered
        closeButtonProps={{ 'aria-label': told('close') }}
      >
        <form onSubmit={submit} className={classes['form']}>
          <TextInput
            label={t('addName')}
            description={t('addNameSays')}
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
            maxLength={200}
            data-autofocus
          />
          <div className={classes['actions']}>
            <Button
              variant="default"
              onClick={() => {
                setIsOpen(false);
              }}
            >
              {t('cancel')}
            </Button>
            <Button type="submit">{t('addPair')}</Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
