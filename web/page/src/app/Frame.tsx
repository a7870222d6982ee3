import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { Link, useLocation } from 'wouter';

import classes from './Frame.module.css';
import { PAGES } from './page-paths';
import { Settings } from './Settings';
import { StreamState } from './StreamState';
import { Wordmark } from './Wordmark';

interface FrameProps {
  readonly onSignOut: (() => void) | undefined;
  readonly children: ReactNode;
}

/** What is around every page: where one is, whether what one sees is live, and settings. */
export function Frame({ onSignOut, children }: FrameProps) {
  const t = useTranslations('frame');
  const [path] = useLocation();
  return (
    <>
      <a className={classes['skip']} href="#content">
        {t('skip')}
      </a>
      <header className={classes['header']}>
        <div className={classes['bar']}>
          <Wordmark />
          <nav className={classes['nav']} aria-label={t('navigation')}>
            {PAGES.map(({ name, path: target }) => (
              <Link
                key={name}
                href={target}
                className={classes['link']}
                aria-current={path.startsWith(target) ? 'page' : undefined}
              >
                {t(name)}
              </Link>
            ))}
          </nav>
          <div className={classes['end']}>
            <StreamState />
            <Settings onSignOut={onSignOut} />
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1} className={classes['content']}>
        {children}
      </main>
    </>
  );
}
