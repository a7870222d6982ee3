import { createTruesendClient, type TruesendClient } from '@truesend/react';

import type { Credentials } from './credentials';

/** A client that speaks for this viewer. */
export function clientFor({ key, organizationId }: Credentials, onUnauthorized?: () => void): TruesendClient {
  return createTruesendClient({
    getToken: () => key,
    ...(organizationId ? { organizationId } : {}),
    ...(onUnauthorized ? { onUnauthorized } : {}),
  });
}

/** Asks for one row; throws a ProblemError where the API does not take the credentials, or does not answer. */
export async function tryCredentials(credentials: Credentials): Promise<void> {
  await clientFor(credentials).http.GET('/v1/sessions', { params: { query: { limit: 1 } } });
}
