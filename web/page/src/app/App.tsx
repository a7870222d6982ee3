import { MantineProvider } from '@mantine/core';
import type { TruesendClient } from '@truesend/react';

import { LanguageProvider } from '../i18n/LanguageProvider';
import { Entrance } from '../sign-in/Entrance';
import { SignedIn } from './SignedIn';
import { colours, theme } from './theme';

interface AppProps {
  /** Of a host app that signs its users in itself: nobody is asked for a key then. */
  readonly client?: TruesendClient;
  /** For every <style> that is made while the page runs, where the Content-Security-Policy asks for one. */
  readonly nonce?: string | undefined;
}

/** The operators' page. */
export function App({ client, nonce }: AppProps) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={colours}
      defaultColorScheme="auto"
      {...(nonce ? { getStyleNonce: () => nonce } : {})}
    >
      <LanguageProvider>{client ? <SignedIn client={client} /> : <Entrance />}</LanguageProvider>
    </MantineProvider>
  );
}
