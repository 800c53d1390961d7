import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const out = process.env.MESH_PORTAL_OUT ?? fileURLToPath(new URL('../../artifacts/portal', import.meta.url));
const mesh = process.env.MESH_URL ?? 'http://127.0.0.1:7070';

// With MESH_TOKEN the proxy signs in; without it, sign in on the page, as behind the gateway.
const headers: Record<string, string> = process.env.MESH_TOKEN ? { Authorization: `Bearer ${process.env.MESH_TOKEN}` } : {};
const places = ['/api', '/session', '/openapi', '/docs', '/login', '/mlflow', '/health'];
const proxy = Object.fromEntries(places.map((place) => [place, { target: mesh, changeOrigin: true, headers }]));

export default defineConfig({
  plugins: [react()],
  // The gateway puts a fresh nonce into each answer.
  html: { cspNonce: '__MESH_NONCE__' },
  server: { port: 5173, proxy },
  preview: { port: 4173, proxy },
  build: {
    outDir: out,
    emptyOutDir: true,
    manifest: true,
    target: 'es2023',
    // Browsers that know light-dark(): what stands in for it elsewhere needs variables that nothing here sets.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    chunkSizeWarningLimit: 800,
    // Data addresses for small files would need more of the Content-Security-Policy than it gives.
    assetsInlineLimit: 0,
    // The polyfill is an inline script; browsers that run the portal have preloading.
    modulePreload: { polyfill: false },
  },
  test: {
    css: false,
    restoreMocks: true,
    // A document takes a second to make: only tests that draw have one.
    projects: [
      { extends: true, test: { name: 'rules', include: ['src/**/*.test.ts'], environment: 'node' } },
      {
        extends: true,
        test: { name: 'parts', include: ['src/**/*.test.tsx'], environment: 'jsdom', setupFiles: ['src/testing/setup.ts'] },
      },
    ],
  },
});
