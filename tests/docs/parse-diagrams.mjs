// Parses diagrams with the Mermaid that the site draws them with: a JSON list of texts comes in, a list of errors or nulls goes out.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

const { JSDOM } = createRequire(new URL('../../web/package.json', import.meta.url))('jsdom');
const dom = new JSDOM('', { runScripts: 'outside-only' });
const mermaid = new URL('../../tools/site/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js', import.meta.url);
new Script(readFileSync(mermaid, 'utf8')).runInContext(dom.getInternalVMContext());

const errors = [];
for (const diagram of JSON.parse(readFileSync(0, 'utf8'))) {
  errors.push(
    await dom.window.mermaid.parse(diagram).then(
      () => null,
      (error) => String(error.message ?? error),
    ),
  );
}
process.stdout.write(JSON.stringify(errors));
