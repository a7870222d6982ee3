import { MessageStateText, type MessageRow as Row } from '@truesend/react';
import { memo, useState } from 'react';
import { useTranslations } from 'use-intl';

import { numberOf } from '../sessions/session-name';
import { Outcome, type OutcomeOfAction } from '../told/Outcome';
import { When } from '../told/When';
import { firstAction } from './first-action';
import { MessageActionButton } from './MessageActionButton';
import classes from './MessageRow.module.css';

interface MessageRowProps {
  readonly message: Row;
  readonly sessionName: string | null | undefined;
  readonly onOpen: (messageId: string) => void;
}

/** One message as the cells of its row: to whom, what, and what became of it. */
export const MessageRow = memo(function MessageRow({ message, sessionName, onOpen }: MessageRowProps) {
  const t = useTranslations('messages');
  const [outcome, setOutcome] = useState<OutcomeOfAction | null>(null);
  const recipient = message.recipient ? numberOf(message.recipient) : t('noRecipient');
  const action = firstAction(message);
  // what failed or is in doubt says so itself
  const words = message.status === 'pending' ? message.vps_error : null;
  return (
    <>
      <div role="cell" className={classes['recipient']}>
        <button
          type="button"
          className={classes['open']}
          aria-label={t('open', { recipient })}
          onClick={() => {
            onOpen(message.id);
          }}
        >
          <bdi>{recipient}</bdi>
        </button>
      </div>
      <div role="cell" className={classes['text']}>
        <bdi>{message.message_content || (message.media_type && t('media'))}</bdi>
      </div>
      <div role="cell" className={classes['session']}>
        {message.session_id && <bdi>{sessionName ?? ''}</bdi>}
      </div>
      <div role="cell" className={classes['state']}>
        <MessageStateText message={message} />
        {words && <bdi className={classes['words']}>{words}</bdi>}
        <Outcome of={outcome?.kind === 'refused' ? outcome : null} />
      </div>
      <div role="cell" className={classes['created']}>
        <When at={message.created_at} />
      </div>
      <div role="cell" className={classes['action']}>
        {action && <MessageActionButton action={action} message={message} onOutcome={setOutcome} />}
      </div>
    </>
  );
});
