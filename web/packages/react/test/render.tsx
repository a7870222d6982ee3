import { renderHook, type RenderHookResult } from '@testing-library/react';
import { StrictMode, type ReactNode } from 'react';
import { createTruesendClient, TruesendProvider, type ClientOptions, type TruesendClient } from '../src/index';
import type { ApiServer } from './api-server';

export function clientOf(api: ApiServer, options: Partial<ClientOptions> = {}): TruesendClient {
  return createTruesendClient({ baseUrl: api.url, getToken: () => 'key-a', ...options });
}

/** Renders a hook as apps in development do: under StrictMode. */
export function renderLive<Result>(client: TruesendClient, hook: () => Result): RenderHookResult<Result, unknown> {
  return renderHook(hook, { wrapper: liveWrapper(client) });
}

export function liveWrapper(client: TruesendClient) {
  return function Live({ children }: { readonly children: ReactNode }) {
    return (
      <StrictMode>
        <TruesendProvider client={client}>{children}</TruesendProvider>
      </StrictMode>
    );
  };
}
