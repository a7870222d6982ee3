import { createTruesendClient, SessionList, TruesendProvider } from '@truesend/react';
import '@truesend/react/styles.css';
import { createRoot } from 'react-dom/client';

const client = createTruesendClient({ getToken: () => new URLSearchParams(location.hash.slice(1)).get('key') });
createRoot(document.body.appendChild(document.createElement('main'))).render(
  <TruesendProvider client={client}>
    <SessionList />
  </TruesendProvider>,
);
