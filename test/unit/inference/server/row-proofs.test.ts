// Each version is tried once, one at a time, and nothing is tried once the server is to end.
import { describe, expect, it } from 'vitest';
import type { ModelFile } from '../../../../lambdas/inference/server/child-messages.ts';
import type { RowProof } from '../../../../lambdas/inference/server/prove-rows.ts';
import { createRowProofs } from '../../../../lambdas/inference/server/row-proofs.ts';

const modelOf = (letter: string): ModelFile => ({ sha256: letter.repeat(64), sizeBytes: 1, path: `/${letter}` });
const [a, b] = [modelOf('a'), modelOf('b')];
const proven: RowProof = { proven: true, exact: true };

describe('the proofs of rows', () => {
  it('are made once for each version, one after the other', async () => {
    const events: string[] = [];
    const proofs = createRowProofs(async ({ path }) => {
      events.push(`begin ${path}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`end ${path}`);
      return proven;
    });
    for (const model of [a, b, a, b]) proofs.ask(model);
    expect(proofs.isProven(a.sha256)).toBe(false);
    await proofs.settled();
    proofs.ask(a);
    await proofs.settled();
    expect(events).toEqual(['begin /a', 'end /a', 'begin /b', 'end /b']);
    expect(proofs.isProven(a.sha256)).toBe(true);
  });

  it('that cannot begin are tried again, three times in all', async () => {
    let tries = 0;
    const proofs = createRowProofs(async () => {
      tries++;
      throw new Error('no file');
    });
    for (let round = 0; round < 5; round++) {
      proofs.ask(a);
      await proofs.settled();
    }
    expect(tries).toBe(3);
    expect(proofs.proofOf(a.sha256)).toEqual({ proven: false, reason: 'the trial could not begin' });
  });

  it('do not bring back a version that has erred in service', async () => {
    const proofs = createRowProofs(async () => proven);
    proofs.ask(a);
    proofs.refuse(a.sha256, 'it erred');
    await proofs.settled();
    expect(proofs.isProven(a.sha256)).toBe(false);
  });

  it('are given up when the server is to end, those that wait as well', async () => {
    const begun: string[] = [];
    const proofs = createRowProofs(({ path }, signal) => {
      begun.push(path);
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ proven: false, reason: 'given up' }));
      });
    });
    proofs.ask(a);
    proofs.ask(b);
    await new Promise((resolve) => setImmediate(resolve));
    await proofs.close();
    expect(begun).toEqual(['/a']);
  });
});
