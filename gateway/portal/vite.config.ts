import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const out = process.env.MESH_PORTAL_OUT ?? fileURLToPath(new URL('../../artifacts/portal', import.meta.url));
const mesh = process.env.MESH_URL ?? 'http://127.0.0.1:7070';

// With MESH_TOKEN the proxy signs in; without it, sign in on the page, as behind the gateway.
const headers: Record<string, string> = process.env.MESH_TOKEN ? { Authorization: `Bearer ${process.env.MESH_TOKEN}` } : {};
const places = ['/api', '/session', '/openapi', '/docs', '/login', '/mlflow', '/health'];
const proxy = Object.fromEntries(places.map((place) => [place, { target: mesh, changeOrigin: true, headers }]));

// Loaded beside what every page begins with: nearly every screen needs it.
const preloadShared: Plugin = {
  name: 'preload-shared',
  transformIndexHtml: {
    order: 'post',
    handler: (_, { bundle = {} }) =>
      Object.values(bundle)
        .filter((chunk) => chunk.type === 'chunk' && chunk.name === 'shared')
        .map(({ fileName }) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', href: `/${fileName}`, crossorigin: true },
          injectTo: 'head',
        })),
  },
};

export default defineConfig({
  plugins: [react(), preloadShared],
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
    // What every page begins with is one file, and what many screens share another: browsers ask for six files at a time.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'start', test: /src\/main\.tsx$/, priority: 2 },
            { name: 'shared', minShareCount: 12, priority: 1 },
          ],
        },
      },
    },
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
