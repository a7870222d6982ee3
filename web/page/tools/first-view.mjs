// How much JavaScript the first view of each page loads, compressed: what index.html names, and what a page's own chunk needs.
// Fails when it is more than the page may cost. The list of chunks that it goes by is no part of the page, and is taken away.
import { readFile, rm } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

const LIMIT_KB = 250;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(await readFile(new URL('.vite/manifest.json', dist), 'utf8'));

function chunksOf(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of manifest[name].imports ?? []) chunksOf(imported, found);
  return found;
}

async function compressedKb(names) {
  let bytes = 0;
  for (const name of names) bytes += gzipSync(await readFile(new URL(manifest[name].file, dist))).length;
  return bytes / 1024;
}

const views = {
  'sign-in': [],
  sessions: ['src/sessions/SessionsPage.tsx'],
  messages: ['src/messages/MessagesPage.tsx'],
};
let worst = 0;
for (const [view, pages] of Object.entries(views)) {
  const names = ['index.html', 'src/i18n/en.ts', ...pages].flatMap((name) => [...chunksOf(name)]);
  const kb = await compressedKb(new Set(names));
  worst = Math.max(worst, kb);
  console.log(`${view}: ${kb.toFixed(0)} KB of JavaScript, compressed`);
}
if (worst > LIMIT_KB) {
  console.error(`The first view may load ${LIMIT_KB} KB.`);
  process.exit(1);
}
await rm(new URL('.vite/', dist), { recursive: true });
