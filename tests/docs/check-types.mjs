// Type-checks pieces of TypeScript as an app beside @truesend/react would be: a JSON list of texts comes in, a list of errors or nulls
// goes out. A piece need not import what the package exports, and what it takes from its reader's own app is of any type.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const ts = createRequire(new URL('web/package.json', root))('typescript');
const app = fileURLToPath(new URL('web/examples/ten-lines/', root));
const NAME_IS_UNKNOWN = new Set([2304, 18004]);
const MODULE_IS_UNKNOWN = 2307;

const { config } = ts.readConfigFile(`${app}tsconfig.json`, ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, app);
Object.assign(options, { noUnusedLocals: false, noUnusedParameters: false, types: [] });

function errorsOf(sources) {
  const files = new Map(sources.map((source, number) => [`${app}src/piece-${number}.tsx`, source]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, ...rest) =>
    files.has(name) ? ts.createSourceFile(name, files.get(name), rest[0]) : getSourceFile(name, ...rest);
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].map((name) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(name)).filter((error) => !isOfTheReadersOwn(error)),
  );
}

// A package that the reader's app has, and this repository need not.
function isOfTheReadersOwn(error) {
  return error.code === MODULE_IS_UNKNOWN && !String(ts.flattenDiagnosticMessageText(error.messageText, '')).includes('@truesend/');
}

function exportsOf() {
  const index = fileURLToPath(new URL('web/packages/react/src/index.ts', root));
  const program = ts.createProgram([index], options);
  const checker = program.getTypeChecker();
  return new Set(checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(index))).map((each) => each.name));
}

const exported = exportsOf();
const pieces = JSON.parse(readFileSync(0, 'utf8')).map((text) => `export {};\n${text}`);
const completed = errorsOf(pieces).map((errors, number) => {
  const missing = new Set(
    errors.filter((error) => NAME_IS_UNKNOWN.has(error.code)).map((error) => error.file.text.slice(error.start, error.start + error.length)),
  );
  const lines = [...missing].map((name) =>
    exported.has(name) ? `import { ${name} } from '@truesend/react';` : `declare const ${name}: any;`,
  );
  return `${lines.join('\n')}\n${pieces[number]}`;
});
const answers = errorsOf(completed).map((errors) =>
  errors.length === 0 ? null : errors.map((error) => ts.flattenDiagnosticMessageText(error.messageText, ' ')).join('; '),
);
process.stdout.write(JSON.stringify(answers));
