import { Drawer, Skeleton } from '@mantine/core';
import { type MessageDetail, type SessionRow, useMessage } from '@truesend/react';
import { useTranslations } from 'use-intl';

import { numberOf } from '../sessions/session-name';
import { useBehind } from '../told/behind';
import { Foreign } from '../told/Foreign';
import { Nothing } from '../told/Nothing';
import { Trouble } from '../told/Trouble';
import { MessageActionBar } from './MessageActionBar';
import classes from './MessageDrawer.module.css';
import { MessageFacts } from './MessageFacts';
import { MessageStory } from './MessageStory';
import { StateSentence } from './StateSentence';

interface MessageDrawerProps {
  readonly messageId: string | null;
  readonly sessions: readonly SessionRow[];
  readonly onClose: () => void;
}

/** Everything that is known of one message, and everything that can be done with it. */
export function MessageDrawer({ messageId, sessions, onClose }: MessageDrawerProps) {
  const t = useTranslations('drawer');
  const told = useTranslations('told');
  useBehind(messageId !== null);
  const named = useTranslations('messages');
  const { message, isLoading, error, ...story } = useMessage(messageId);
  const recipient = message?.recipient ? numberOf(message.recipient) : named('noRecipient');
  return (
    <Drawer
      opened={messageId !== null}
      onClose={onClose}
      position="right"
      size="34rem"
      title={message ? t('title', { recipient }) : told('loading')}
      closeButtonProps={{ 'aria-label': told('close') }}
      classNames={{ title: classes['title'] ?? '' }}
    >
      {isLoading && <Skeleton height={160} />}
      {error?.status === 404 && <Nothing title={t('notFound')}>{t('notFoundAdvice')}</Nothing>}
      {error && error.status !== 404 && !message && <Trouble error={error} />}
      {message && (
        <div className={classes['body']}>
          <Standing message={message} />
          <MessageActionBar key={message.id} message={message} sessions={sessions} />
          <MessageFacts message={message} sessions={sessions} />
          <MessageStory {...story} />
        </div>
      )}
    </Drawer>
  );
}

function Standing({ message }: { readonly message: MessageDetail }) {
  const t = useTranslations('drawer');
  const isDone = message.status === 'sent';
  return (
    <section className={classes['standing']} data-status={message.status} data-doubt={message.unconfirmed_at !== null}>
      <p className={classes['state']}>
        <StateSentence message={message} />
      </p>
      {!isDone && message.error_message && (
        <p>
          <Foreign text={message.error_message} />
        </p>
      )}
      {!isDone && message.vps_error && (
        <>
          <p className="quiet">{t('gatewaySays')}:</p>
          <blockquote className={classes['words']}>
            <Foreign text={message.vps_error} />
          </blockquote>
        </>
      )}
    </section>
  );
}
