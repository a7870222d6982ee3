import type { MessageDetail, SessionRow } from '@truesend/react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { nameOf } from '../sessions/session-name';
import { Foreign } from '../told/Foreign';
import { When } from '../told/When';
import classes from './MessageFacts.module.css';

interface MessageFactsProps {
  readonly message: MessageDetail;
  readonly sessions: readonly SessionRow[];
}

/** What the message is. */
export function MessageFacts({ message, sessions }: MessageFactsProps) {
  const t = useTranslations('drawer');
  const named = useTranslations('messages');
  const session = sessions.find(({ id }) => id === message.session_id);
  return (
    <dl className={classes['facts']}>
      <Fact name={t('content')}>
        <Foreign text={message.message_content} />
      </Fact>
      {message.media_url && (
        <Fact name={t('media')}>
          <Foreign text={message.media_url} />
        </Fact>
      )}
      <Fact name={t('session')}>
        <bdi>{(session && nameOf(session)) ?? message.session_id ?? named('noSession')}</bdi>
      </Fact>
      <Fact name={t('scheduled')}>
        <When at={message.scheduled_for} />
      </Fact>
      {(message.retry_count ?? 0) > 0 && <Fact name={t('attempts')}>{message.retry_count}</Fact>}
      {message.gateway_message_id && (
        <Fact name={t('gatewayId')}>
          <code>
            <Foreign text={message.gateway_message_id} />
          </code>
        </Fact>
      )}
      <Fact name={t('id')}>
        <code>{message.id}</code>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={classes['fact']}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
