import { useCallback, useMemo, useState } from 'react';

import { SignedIn } from '../app/SignedIn';
import { clientFor } from './client';
import { type Credentials, forgetCredentials, keepCredentials, readCredentials } from './credentials';
import { SignIn } from './SignIn';

/** Lets in whoever has a key, and asks again when the API no longer takes it. */
export function Entrance() {
  const [credentials, setCredentials] = useState(readCredentials);
  const [isExpired, setIsExpired] = useState(false);

  const leave = useCallback((becauseExpired: boolean) => {
    forgetCredentials();
    setIsExpired(becauseExpired);
    setCredentials(null);
  }, []);
  const enter = useCallback((given: Credentials) => {
    keepCredentials(given);
    setIsExpired(false);
    setCredentials(given);
  }, []);
  const client = useMemo(
    () =>
      credentials &&
      clientFor(credentials, () => {
        leave(true);
      }),
    [credentials, leave],
  );

  if (!client) return <SignIn isExpired={isExpired} onSignIn={enter} />;
  return (
    <SignedIn
      client={client}
      onSignOut={() => {
        leave(false);
      }}
    />
  );
}
