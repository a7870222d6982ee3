import { createTruesendClient, type TruesendClient } from '@truesend/react';

/** What of supabase-js is needed here. */
interface Auth {
  getSession(): Promise<{ data: { session: { access_token: string } | null } }>;
  signOut(): Promise<unknown>;
}

/** One for each user and organisation: make a new one when somebody else signs in, or changes the organisation. */
export function truesendFor(auth: Auth, organizationId: string): TruesendClient {
  return createTruesendClient({
    baseUrl: 'https://truesend.example.com',
    organizationId,
    getToken: async () => (await auth.getSession()).data.session?.access_token ?? null,
    onUnauthorized: () => void auth.signOut(),
  });
}
