// The README’s commands and Python lines do what it says, against a fresh copy of the platform.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOutputs } from '../../local/outputs.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { pythonWithTriton } from './python.ts';
import { readRunnableBlocks, toScript } from './readme-blocks.ts';

const root = join(import.meta.dirname, '../..');
const sections = Map.groupBy(
  readRunnableBlocks(readFileSync(join(root, 'README.md'), 'utf8')),
  ({ section }) => section,
);

/**
 * The copy is what `npm start` starts, so starting and stopping are left out here (test/e2e tries them); a README that
 * runs another npm command fails.
 */
const prelude = `set -eu
npm() { case "$*" in 'start -- --once' | stop) ;; *) echo "npm $* is not tried here" >&2; return 1 ;; esac; }
`;

let cloud: Cloud;
let clone: string;
let env: NodeJS.ProcessEnv;

/** A directory that looks like the repository, with state of its own. */
const makeClone = () => {
  const directory = mkdtempSync(join(tmpdir(), 'aimass-readme-'));
  for (const entry of readdirSync(root)) {
    if (!entry.startsWith('.')) symlinkSync(join(root, entry), join(directory, entry));
  }
  mkdirSync(join(directory, '.aimass'));
  return directory;
};

beforeAll(async () => {
  const [python, started] = await Promise.all([pythonWithTriton(), startCloud()]);
  cloud = started;
  clone = makeClone();
  writeOutputs(join(clone, '.aimass/outputs.json'), cloud.outputs);
  env = python.env;
}, 180_000);

afterAll(async () => {
  await cloud?.stop();
  if (clone) rmSync(clone, { recursive: true, force: true });
});

describe('the README', () => {
  it.each([...sections])('runs as written: %s', async (_section, blocks) => {
    const { stdout } = await promisify(execFile)('bash', ['-c', prelude + toScript(blocks)], {
      cwd: clone,
      env,
      timeout: 120_000,
    });
    expect(stdout).not.toContain('/docs/errors#');
    expect(stdout).toContain('"state":"published"');
    expect(stdout).toMatch(/x-aimass-price-micros: 230\b/i);
    expect(stdout).toContain('"amountMicros":"230"');
  });
});
