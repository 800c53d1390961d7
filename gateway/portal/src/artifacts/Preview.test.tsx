import { screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { renderPart } from '../testing/render';
import { Preview } from './Preview';

const common = { key: 'a', version: 1, contentType: 'text/plain', size: 12, isCut: false };
const previews: Record<string, object> = {
  'report.html': {
    ...common,
    kind: 'sandboxed',
    contentType: 'text/html',
    content: '/api/v1/projects/p/artifacts/a/versions/1/preview/content',
  },
  'model.bin': { ...common, kind: 'none', reason: 'It is not text in UTF-8.' },
  'long.txt': { ...common, kind: 'text', text: 'first line\n', isCut: true },
};

vi.mock('./queries', async (original) => ({
  ...(await original<typeof import('./queries')>()),
  previewQuery: (_project: string, _artifact: string, _version: number, path: string) => ({
    queryKey: [path],
    queryFn: () => Promise.resolve(previews[path]),
  }),
}));

const show = (path: string) => renderPart(<Preview project="p" artifact="a" version={1} path={path} />);

test('a document stands in a frame that may do nothing', async () => {
  show('report.html');
  const frame = await screen.findByTitle('report.html');
  expect(frame.getAttribute('sandbox')).toBe('');
  expect(frame.getAttribute('src')).toMatch(/\/preview\/content$/);
});

test('what cannot be shown says why, and can be downloaded', async () => {
  show('model.bin');
  expect(await screen.findByText(/It is not text in UTF-8/)).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Download' }).getAttribute('href')).toBe(
    '/api/v1/projects/p/artifacts/a/versions/1/files/content?path=model.bin',
  );
});

test('a beginning says that it is one', async () => {
  show('long.txt');
  expect(await screen.findByText('first line')).toBeTruthy();
  expect(screen.getByText(/This is the beginning/)).toBeTruthy();
});
