import { expect, test } from 'vitest';
import { layered } from './layout';

const sizes = { width: 100, height: 20, across: 20, down: 10 };
const place = (ids: string, arrows: string) =>
  layered(
    ids.split(' '),
    arrows
      .split(' ')
      .filter(Boolean)
      .map((arrow) => ({ from: arrow[0] as string, to: arrow[1] as string })),
    sizes,
  );
const column = (places: ReturnType<typeof place>, id: string) => (places.get(id)?.x ?? -1) / 120;

test('what leads to something stands left of it', () => {
  const places = place('a b c d', 'ab bc ac cd');
  expect(['a', 'b', 'c', 'd'].map((id) => column(places, id))).toEqual([0, 1, 2, 3]);
});

test('what nothing leads to stands right before what it leads to', () => {
  const places = place('a b c x', 'ab bc xc');
  expect(column(places, 'x')).toBe(1);
});

test('a circle is opened where it closes', () => {
  const places = place('a b c', 'ab bc ca');
  expect(['a', 'b', 'c'].map((id) => column(places, id))).toEqual([0, 1, 2]);
});

test('no two things stand upon each other', () => {
  const ids = Array.from({ length: 40 }, (_, i) => `n${i}`);
  const arrows = ids.slice(1).map((to, i) => ({ from: ids[Math.floor(i / 3)] as string, to }));
  const places = [...layered(ids, arrows, sizes).values()];
  const inside = places.some((a, i) => places.some((b, j) => i < j && a.x === b.x && Math.abs(a.y - b.y) < 29.9));
  expect(inside).toBe(false);
  expect(Math.min(...places.map((at) => at.y))).toBe(0);
});

test('arrows that need not cross do not', () => {
  const places = place('a b c d', 'ad bc');
  const y = (id: string) => places.get(id)?.y ?? 0;
  expect(Math.sign(y('a') - y('b'))).toBe(Math.sign(y('d') - y('c')));
});

test('a thing by itself has a place, and what is not there is left out', () =>
  expect([...place('a', 'ab aa').entries()]).toEqual([['a', { x: 0, y: 0 }]]));
