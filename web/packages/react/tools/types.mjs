// Writes src/api/schema.ts from the published OpenAPI document; with --check, fails where it is stale.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const source = new URL('../../../../docs/api/openapi.json', import.meta.url);
const target = fileURLToPath(new URL('../src/api/schema.ts', import.meta.url));

const types = await openapiTS(source, { defaultNonNullable: false });
const written = `// Generated from docs/api/openapi.json by "npm run types". Do not edit.\n\n${astToString(types)}`;

if (process.argv.includes('--check')) {
  if ((await readFile(target, 'utf8').catch(() => '')) !== written) {
    console.error('packages/react/src/api/schema.ts is stale: run "npm run types".');
    process.exit(1);
  }
} else {
  await writeFile(target, written);
}
