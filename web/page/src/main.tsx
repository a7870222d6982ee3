import '@mantine/core/styles.css';
import '@truesend/react/styles.css';
import './app/page.css';

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app/App';
import { takeCspNonce } from './app/csp-nonce';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no element #root');

createRoot(root).render(
  <StrictMode>
    <App nonce={takeCspNonce()} />
  </StrictMode>,
);
