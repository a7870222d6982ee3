import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where the API answers while the page is developed; in use, the API serves the page itself. */
const API = process.env['TRUESEND_URL'] ?? 'http://127.0.0.1:8000';

const proxy = { '/v1': { target: API, changeOrigin: true } };

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['truesend-source', 'module', 'browser', 'development|production'] },
  server: { proxy },
  preview: { proxy },
  build: {
    manifest: true,
    // the Content-Security-Policy lets pictures come from files only, but for QR codes
    assetsInlineLimit: 0,
    target: 'es2022',
    // the package's colours are written with light-dark(), which is not to be taken apart
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
});
