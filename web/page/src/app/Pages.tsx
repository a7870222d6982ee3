import { lazy, Suspense, useEffect } from 'react';
import { useTranslations } from 'use-intl';
import { Redirect, Route, Switch, useLocation } from 'wouter';

import { Nothing } from '../told/Nothing';
import { FIRST_PAGE, PAGES } from './page-paths';

// each page is its own file, and Overview brings the charts: nobody waits for what they don't look at
const SessionsPage = lazy(async () => ({ default: (await import('../sessions/SessionsPage')).SessionsPage }));
const MessagesPage = lazy(async () => ({ default: (await import('../messages/MessagesPage')).MessagesPage }));
const OverviewPage = lazy(async () => ({ default: (await import('../overview/OverviewPage')).OverviewPage }));

/** The page that the address names. */
export function Pages() {
  const t = useTranslations('frame');
  useTitle();
  return (
    <Suspense>
      <Switch>
        <Route path="/sessions" component={SessionsPage} />
        <Route path="/messages" component={MessagesPage} />
        <Route path="/overview" component={OverviewPage} />
        <Route path="/">
          <Redirect to={FIRST_PAGE} replace />
        </Route>
        <Route>
          <Nothing title={t('noPage')}>{t('noPageAdvice')}</Nothing>
        </Route>
      </Switch>
    </Suspense>
  );
}

function useTitle(): void {
  const t = useTranslations('frame');
  const [path] = useLocation();
  const page = PAGES.find(({ path: prefix }) => path.startsWith(prefix));
  useEffect(() => {
    document.title = page ? `${t(page.name)} · Truesend` : 'Truesend';
  }, [page, t]);
}
