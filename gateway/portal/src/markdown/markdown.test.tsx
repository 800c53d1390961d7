import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderPart } from '../testing/render';
import { MarkdownText } from './MarkdownText';

test('HTML in a text stays text, and a link that runs something leads nowhere', () => {
  const { container } = renderPart(
    <MarkdownText
      text={'<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n[run](javascript:alert(1)) ![chart](https://example.org/c.png)'}
    />,
  );
  expect(container.querySelector('script, img')).toBeNull();
  expect(screen.getByText('run').getAttribute('href')).toBe('');
  expect(screen.getByText('chart').getAttribute('href')).toBe('https://example.org/c.png');
});

test('tables are tables, and headings begin below that of the screen', () => {
  renderPart(<MarkdownText text={'# card\n\n| metric | value |\n| --- | --- |\n| accuracy | 0.95 |'} />);
  expect(screen.getByRole('heading', { level: 2 }).textContent).toBe('card');
  expect(screen.getByRole('cell', { name: '0.95' })).toBeTruthy();
});
