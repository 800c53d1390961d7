import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';

const MarkdownText = lazy(() => import('./MarkdownText').then((module) => ({ default: module.MarkdownText })));

/** A text in markdown: headings, lists, tables, code and links. HTML in it is shown as text, pictures as links. */
export function Markdown({ text }: { text: string }) {
  return (
    <Suspense fallback={<Skeleton height={160} />}>
      <MarkdownText text={text} />
    </Suspense>
  );
}
