import { beforeEach, describe, expect, it } from 'vitest';
import { SharedReads } from '../../../lambdas/registry/domain/shared-reads.ts';

let nowMs: number;
let reads: SharedReads<string>;

beforeEach(() => {
  nowMs = 1_000;
  reads = new SharedReads({ clock: () => nowMs, keepMs: 100, maxCount: 3 });
});

const get = (key: string) =>
  reads.get(
    key,
    async () => key,
    () => true,
  );

describe('what was read', () => {
  it('is let go with the next read once it has expired, asked for again or not', async () => {
    await get('a');
    nowMs += 50;
    await get('b');
    nowMs += 50;
    await get('c');
    expect(reads.count).toBe(2);
    nowMs += 100;
    await get('d');
    expect(reads.count).toBe(1);
  });

  it('never takes more places than there are, the oldest going first', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) await get(key);
    expect(reads.count).toBe(3);
    let readAgain = 0;
    for (const key of ['e', 'd', 'c', 'a'])
      await reads.get(
        key,
        async () => `${++readAgain}`,
        () => true,
      );
    expect(readAgain).toBe(1);
  });
});
