// What the compiler leaves undone: the style sheet, published as it is written, and the endings that Node's resolution wants
// in declarations.
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

await copyFile(new URL('../src/styles.css', import.meta.url), join(dist, 'styles.css'));
for (const name of await readdir(dist, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue;
  const path = join(dist, name);
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/((?:from|import\()\s*')(\.{1,2}\/[^']+?)(?:\.js)?(')/g, '$1$2.js$3'));
}
