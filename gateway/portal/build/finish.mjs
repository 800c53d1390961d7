// After Vite: weighs what a first visit needs, and puts the compressed twin of each file beside it.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = process.env.MESH_PORTAL_OUT ?? fileURLToPath(new URL('../../../artifacts/portal', import.meta.url));
const most = 300_000;
const compressible = /\.(js|css|svg|json|map)$/;

const sizes = new Map();
for (const name of readdirSync(join(out, 'assets'))) {
  if (!compressible.test(name)) continue;
  const path = join(out, 'assets', name);
  const bytes = readFileSync(path);
  const packed = brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: statSync(path).size },
  });
  writeFileSync(`${path}.br`, packed);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  sizes.set(`assets/${name}`, packed.length);
}

const manifest = JSON.parse(readFileSync(join(out, '.vite', 'manifest.json'), 'utf8'));
rmSync(join(out, '.vite'), { recursive: true });

/** Files that a chunk brings along, itself among them. */
function filesOf(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) filesOf(next, seen);
  return seen;
}

const weigh = (keys, extension) =>
  [...keys]
    .flatMap((key) => [manifest[key].file, ...(manifest[key].css ?? [])])
    .filter((file, i, all) => file.endsWith(extension) && all.indexOf(file) === i)
    .reduce((sum, file) => sum + (sizes.get(file) ?? 0), 0);

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const page = readFileSync(join(out, 'index.html'), 'utf8');
const critical = new Set(
  Object.keys(manifest)
    .filter((key) => page.includes(`src="/${manifest[key].file}"`))
    .flatMap((key) => [...filesOf(key)]),
);
const screens = Object.keys(manifest)
  .filter((key) => manifest[key].isDynamicEntry)
  .map((key) => ({
    name: key.replace(/^src\//, ''),
    size: weigh(
      [...filesOf(key)].filter((file) => !critical.has(file)),
      '.js',
    ),
  }))
  .sort((a, b) => b.size - a.size);
const start = weigh(critical, '.js');
const home = screens.find((screen) => screen.name.includes('HomeScreen'))?.size ?? 0;

for (const screen of screens) console.log(`  ${kB(screen.size).padStart(10)}  ${screen.name}`);
console.log(
  `critical path: ${kB(start)} of JavaScript, ${kB(weigh(critical, '.css'))} of CSS; with the home screen ${kB(start + home)} (brotli; at most ${kB(most)})`,
);
if (start + home > most) {
  console.error(`The critical path is heavier than ${kB(most)}: load what the first screen does not need lazily.`);
  process.exit(1);
}
