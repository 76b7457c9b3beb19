// Runs vitest projects and steps that are commands, and adds up what passed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { root } from './root.ts';

export interface Tally {
  passed: number;
  failed: number;
}

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numFailedTestSuites: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), duration: z.number().nullish() })),
    }),
  ),
});

export interface TimedTest {
  readonly name: string;
  readonly ms: number;
}

/** Runs a program with its output shown. @returns its exit code */
export const runShown = (args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });

/** Runs a program with its output kept. */
export const runQuietly = (args: readonly string[]): Promise<{ code: number; text: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.stderr.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, text }));
  });

/** @returns what passed and failed, and how long each test took; a file that could not run counts as one failure */
export const runVitest = async (
  projects: readonly string[],
  filters: readonly string[] = [],
): Promise<{ tally: Tally; tests: TimedTest[] }> => {
  const folder = mkdtempSync(join(tmpdir(), 'aimass-report-'));
  const file = join(folder, 'report.json');
  const code = await runShown([
    'node_modules/vitest/vitest.mjs',
    'run',
    ...projects.flatMap((name) => ['--project', name]),
    ...filters,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]);
  try {
    const { numPassedTests, numFailedTests, testResults } = report.parse(JSON.parse(readFileSync(file, 'utf8')));
    const brokenFiles = testResults.filter(
      (r) => r.status === 'failed' && r.assertionResults.every((a) => a.status !== 'failed'),
    );
    const failed = numFailedTests + brokenFiles.length;
    const tests = testResults.flatMap((file) =>
      file.assertionResults.map(({ fullName, duration }) => ({ name: fullName, ms: duration ?? 0 })),
    );
    return { tally: { passed: numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed }, tests };
  } catch {
    return { tally: { passed: 0, failed: 1 }, tests: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
