/** How one thing leads to another. */
export interface Arrow {
  from: string;
  to: string;
}

export interface Sizes {
  width: number;
  height: number;
  /** Between layers, and between things of a layer. */
  across: number;
  down: number;
}

const sweeps = 6;

/**
 * A place for each thing, left above: in layers from left to right, so that arrows lead to the right. Where they lead in a circle, one of them leads back. Within layers
 * things stand near what they are joined with, so that few arrows cross.
 */
export function layered(ids: readonly string[], arrows: readonly Arrow[], sizes: Sizes): Map<string, { x: number; y: number }> {
  const known = new Set(ids);
  const forward = withoutCircles(
    ids,
    arrows.filter(({ from, to }) => from !== to && known.has(from) && known.has(to)),
  );
  const layerOf = layersOf(ids, forward);
  const layers: string[][] = [];
  for (const id of ids) {
    const layer = layerOf.get(id) ?? 0;
    layers[layer] ??= [];
    layers[layer].push(id);
  }

  const beside = new Map<string, string[]>(ids.map((id) => [id, []]));
  for (const { from, to } of forward) {
    beside.get(from)?.push(to);
    beside.get(to)?.push(from);
  }

  const y = new Map<string, number>();
  const step = sizes.height + sizes.down;
  for (const layer of layers) for (const [i, id] of layer.entries()) y.set(id, (i - (layer.length - 1) / 2) * step);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) settle(layer, beside, y, step);
  }

  const top = Math.min(...y.values());
  return new Map(ids.map((id) => [id, { x: (layerOf.get(id) ?? 0) * (sizes.width + sizes.across), y: (y.get(id) ?? 0) - top }]));
}

/** The arrows, with those turned round that close a circle. */
function withoutCircles(ids: readonly string[], arrows: readonly Arrow[]): Arrow[] {
  const next = new Map<string, string[]>();
  const entered = new Set(arrows.map((arrow) => arrow.to));
  for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
  const state = new Map<string, 'open' | 'done'>();
  const turned = new Set<string>();
  // Without recursion: chains may be long. What nothing leads to comes first.
  for (const start of [...ids.filter((id) => !entered.has(id)), ...ids]) {
    if (state.has(start)) continue;
    const way: { id: string; at: number }[] = [{ id: start, at: 0 }];
    state.set(start, 'open');
    while (way.length > 0) {
      const here = way.at(-1) as { id: string; at: number };
      const to = next.get(here.id)?.[here.at++];
      if (to === undefined) {
        state.set(here.id, 'done');
        way.pop();
      } else if (state.get(to) === 'open') turned.add(`${here.id}\n${to}`);
      else if (!state.has(to)) {
        state.set(to, 'open');
        way.push({ id: to, at: 0 });
      }
    }
  }
  return arrows.map(({ from, to }) => (turned.has(`${from}\n${to}`) ? { from: to, to: from } : { from, to }));
}

/** The layer of each thing: behind all that leads to it, and what nothing leads to right before what it leads to. */
function layersOf(ids: readonly string[], arrows: readonly Arrow[]): Map<string, number> {
  const layer = new Map<string, number>(ids.map((id) => [id, 0]));
  const left = new Map<string, number>(ids.map((id) => [id, 0]));
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) {
    left.set(to, (left.get(to) ?? 0) + 1);
    next.set(from, [...(next.get(from) ?? []), to]);
  }
  const sources = ids.filter((id) => left.get(id) === 0);
  const ready = [...sources];
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    for (const to of next.get(id) ?? []) {
      layer.set(to, Math.max(layer.get(to) ?? 0, (layer.get(id) ?? 0) + 1));
      const waits = (left.get(to) ?? 0) - 1;
      left.set(to, waits);
      if (waits === 0) ready.push(to);
    }
  }
  for (const id of sources) {
    const behind = (next.get(id) ?? []).map((to) => layer.get(to) ?? 0);
    if (behind.length > 0) layer.set(id, Math.min(...behind) - 1);
  }
  return layer;
}

/** Moves the things of a layer to the middle of what they are joined with, in that order, and no two upon each other. */
function settle(layer: string[], beside: ReadonlyMap<string, string[]>, y: Map<string, number>, step: number): void {
  const wanted = new Map(
    layer.map((id) => {
      const others = (beside.get(id) ?? []).map((other) => y.get(other) ?? 0);
      return [id, others.length === 0 ? (y.get(id) ?? 0) : others.reduce((sum, at) => sum + at, 0) / others.length];
    }),
  );
  const want = (id: string) => wanted.get(id) ?? 0;
  layer.sort((a, b) => want(a) - want(b) || (y.get(a) ?? 0) - (y.get(b) ?? 0));
  // Things that want to stand in the same place share it as a block around the middle of what they want.
  const blocks: { ids: string[]; middle: number }[] = [];
  for (const id of layer) {
    let block = { ids: [id], middle: want(id) };
    for (let before = blocks.at(-1); before && overlap(before, block, step); before = blocks.at(-1)) {
      blocks.pop();
      const ids = [...before.ids, ...block.ids];
      block = { ids, middle: (before.middle * before.ids.length + block.middle * block.ids.length) / ids.length };
    }
    blocks.push(block);
  }
  for (const { ids, middle } of blocks) for (const [i, id] of ids.entries()) y.set(id, middle + (i - (ids.length - 1) / 2) * step);
}

const overlap = (a: { ids: string[]; middle: number }, b: { ids: string[]; middle: number }, step: number): boolean =>
  b.middle - ((b.ids.length - 1) / 2) * step - (a.middle + ((a.ids.length - 1) / 2) * step) < step;
