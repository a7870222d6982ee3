import { type TruesendClient, TruesendProvider } from '@truesend/react';
import { useLocale } from 'use-intl';

import { useLabels } from '../i18n/labels';
import { Frame } from './Frame';
import { Pages } from './Pages';

interface SignedInProps {
  readonly client: TruesendClient;
  readonly onSignOut?: () => void;
}

/** Everything behind the sign-in. Another client begins with nothing of what the one before it had read. */
export function SignedIn({ client, onSignOut }: SignedInProps) {
  const labels = useLabels();
  const locale = useLocale();
  return (
    <TruesendProvider client={client} labels={labels} locale={locale}>
      <Frame onSignOut={onSignOut}>
        <Pages />
      </Frame>
    </TruesendProvider>
  );
}
