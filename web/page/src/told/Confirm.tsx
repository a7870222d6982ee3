import { Button, Modal } from '@mantine/core';
import { useTranslations } from 'use-intl';

import { useBehind } from './behind';
import classes from './Confirm.module.css';

interface ConfirmProps {
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly title: string;
  readonly says: string;
  readonly confirm: string;
  readonly refuse: string;
  readonly onConfirm: () => void;
  readonly onRefuse: () => void;
}

/** Asks once more before what cannot be undone by a click. */
export function Confirm({ isOpen, isBusy, title, says, confirm, refuse, onConfirm, onRefuse }: ConfirmProps) {
  const t = useTranslations('told');
  useBehind(isOpen);
  return (
    <Modal
      opened={isOpen}
      onClose={onRefuse}
      title={title}
      centered
      closeButtonProps={{ 'aria-label': t('close') }}
      classNames={{ title: classes['title'] ?? '' }}
    >
      <p>{says}</p>
      <div className={classes['actions']}>
        <Button variant="default" onClick={onRefuse}>
          {refuse}
        </Button>
        <Button color="red.8" loading={isBusy} onClick={onConfirm}>
          {confirm}
        </Button>
      </div>
    </Modal>
  );
}
