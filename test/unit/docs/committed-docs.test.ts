// The committed files are what the contracts say today, and hold before an independent linter.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

const outcome = async (args: readonly string[]) => {
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', CI: 'true' };
  try {
    const { stdout, stderr } = await run(process.execPath, [...args], { cwd: root, env });
    return { code: 0, output: stdout + stderr };
  } catch (fault) {
    const { code, stdout = '', stderr = '' } = fault as { code: number; stdout?: string; stderr?: string };
    return { code, output: stdout + stderr };
  }
};

it('docs/openapi.json and docs/errors.md are current', async () => {
  expect(await outcome(['tools/generate-docs.ts', '--check'])).toEqual({ code: 0, output: '' });
});

it('docs/openapi.json is valid for redocly with the recommended rules, without a warning', async () => {
  const { code, output } = await outcome(['node_modules/@redocly/cli/bin/cli.js', 'lint', 'docs/openapi.json']);
  expect(output).not.toMatch(/\[\d+\] /);
  expect(output).toContain('Your API description is valid');
  expect(code).toBe(0);
}, 60_000);
