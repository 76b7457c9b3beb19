// What an operator leaves unwritten holds nothing of an earlier call, in a process with the environment of `run-*`.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { zeroedMemoryEnv } from '../../../../lambdas/inference/contract.ts';

const file = fileURLToPath(new URL('../../../support/unwritten-answers.ts', import.meta.url));
const dirtyAnswers = (env: Readonly<Record<string, string>>) =>
  Number(execFileSync(process.execPath, [file], { env: { ...env }, encoding: 'utf8' }));

it('answers zeros where the runtime has written nothing', () => {
  expect(dirtyAnswers(zeroedMemoryEnv)).toBe(0);
});

it('is seen to fail without that environment', () => {
  expect(dirtyAnswers({})).toBeGreaterThan(0);
});
