// Writes docs/openapi.json and docs/errors.md from the contracts and the error catalogue, and the catalogue's titles.
// `--check` writes nothing, and fails when the committed files are not what would be written.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { apiContexts } from './docs/contexts.ts';
import { errorTitlesText } from './docs/error-titles.ts';
import { errorsText } from './docs/errors-page.ts';
import { openApiText } from './docs/openapi-document.ts';

const root = join(import.meta.dirname, '..');
const COMMAND = 'node tools/generate-docs.ts';

const files = (): Readonly<Record<string, string>> => ({
  'docs/openapi.json': openApiText(apiContexts, packageJson.version),
  'docs/errors.md': errorsText(),
  'lambdas/shared/kernel/error-titles.ts': errorTitlesText(),
});

const current = (path: string) => readFile(join(root, path), 'utf8').catch(() => undefined);

const check = async (): Promise<boolean> => {
  const stale: string[] = [];
  for (const [path, text] of Object.entries(files())) if ((await current(path)) !== text) stale.push(path);
  if (stale.length > 0)
    console.error(`not current: ${stale.join(', ')}. Run \`${COMMAND}\` and commit what it writes.`);
  return stale.length === 0;
};

const generate = async (): Promise<void> => {
  for (const [path, text] of Object.entries(files())) {
    if ((await current(path)) === text) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(`wrote ${path}`);
  }
};

const flags = process.argv.slice(2);
if (flags.some((flag) => flag !== '--check')) {
  console.error(`usage: ${COMMAND} [--check]`);
  process.exitCode = 2;
} else if (flags.includes('--check')) {
  if (!(await check())) process.exitCode = 1;
} else {
  await generate();
}
