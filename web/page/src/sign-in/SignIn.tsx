import { Anchor, Button, Collapse, Paper, TextInput } from '@mantine/core';
import { ProblemError } from '@truesend/react';
import { type SubmitEvent, useState } from 'react';
import { useTranslations } from 'use-intl';

import { Settings } from '../app/Settings';
import { Wordmark } from '../app/Wordmark';
import { Warning } from '../told/Warning';
import { tryCredentials } from './client';
import type { Credentials } from './credentials';
import classes from './SignIn.module.css';

interface SignInProps {
  /** The key was taken before, and is not any more. */
  readonly isExpired: boolean;
  readonly onSignIn: (credentials: Credentials) => void;
}

/** Asks for the API key, and tries it before it lets the viewer in. */
export function SignIn({ isExpired, onSignIn }: SignInProps) {
  const t = useTranslations('signIn');
  const [key, setKey] = useState('');
  const [organizationId, setOrganizationId] = useState('');
  const [showsMore, setShowsMore] = useState(false);
  const [isTrying, setIsTrying] = useState(false);
  const [problem, setProblem] = useState<ProblemError | null>(null);

  async function submit(event: SubmitEvent) {
    event.preventDefault();
    const credentials = { key: key.trim() || null, organizationId: organizationId.trim() || null };
    setIsTrying(true);
    setProblem(null);
    try {
      await tryCredentials(credentials);
      onSignIn(credentials);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      setProblem(error);
    } finally {
      setIsTrying(false);
    }
  }

  return (
    <main className={classes['page']}>
      <Paper className={classes['card']} withBorder>
        <div className={classes['head']}>
          <h1>
            <Wordmark />
          </h1>
          <Settings />
        </div>
        <p className="quiet">{t('says')}</p>
        {isExpired && !problem && <Warning>{t('expired')}</Warning>}
        <form onSubmit={(event) => void submit(event)} className={classes['form']}>
          <TextInput
            label={t('key')}
            value={key}
            onChange={(event) => {
              setKey(event.currentTarget.value);
            }}
            error={problem ? said(problem, t) : undefined}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
          />
          <Collapse expanded={showsMore}>
            <TextInput
              label={t('organization')}
              description={t('organizationSays')}
              value={organizationId}
              onChange={(event) => {
                setOrganizationId(event.currentTarget.value);
              }}
              autoComplete="off"
              spellCheck={false}
            />
          </Collapse>
          <Button type="submit" loading={isTrying} fullWidth>
            {t('submit')}
          </Button>
          <Anchor
            component="button"
            type="button"
            size="sm"
            aria-expanded={showsMore}
            onClick={() => {
              setShowsMore(!showsMore);
            }}
          >
            {t('advanced')}
          </Anchor>
        </form>
        <p className={classes['note']}>{t('kept')}</p>
      </Paper>
    </main>
  );
}

function said(problem: ProblemError, t: (key: 'wrongKey' | 'unreachable') => string): string {
  if (problem.status === 401) return t('wrongKey');
  return problem.status === 0 ? t('unreachable') : problem.detail;
}
