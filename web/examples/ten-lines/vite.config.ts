import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['truesend-source', 'module', 'browser', 'development|production'] },
  server: { proxy: { '/v1': 'http://127.0.0.1:8000' } },
});
