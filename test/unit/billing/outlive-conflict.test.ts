import { ConditionalCheckFailedException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { MAX_TRIES, outliveConflict } from '../../../lambdas/billing/adapters/outlive-conflict.ts';

const conflict = () =>
  new TransactionConflictException({ $metadata: {}, message: 'Transaction is ongoing for the item' });
const throttle = () => Object.assign(new Error('slow down'), { name: 'ThrottlingException' });

/** A write that fails with each fault in turn and then is done; and how long it was waited for. */
const failing = (...faults: Error[]) => {
  const pauses: number[] = [];
  let tryCount = 0;
  const write = async () => {
    const fault = faults[tryCount++];
    if (fault) throw fault;
    return 'done';
  };
  const run = () => outliveConflict(write, async (ms) => pauses.push(ms));
  return { run, pauses, tries: () => tryCount };
};

it('tries a write again that met a transaction or a throttle, after a pause each time', async () => {
  const { run, pauses, tries } = failing(conflict(), throttle(), conflict());
  expect(await run()).toBe('done');
  expect(tries()).toBe(4);
  expect(pauses).toHaveLength(3);
  for (const ms of pauses) expect(ms).toBeLessThanOrEqual(400);
});

it('gives up after twelve tries with the last refusal', async () => {
  const { run, tries } = failing(...Array.from({ length: 20 }, conflict));
  await expect(run()).rejects.toThrow(TransactionConflictException);
  expect([tries(), MAX_TRIES]).toEqual([12, 12]);
});

it('lets every other failure through at once', async () => {
  const { run, tries } = failing(new ConditionalCheckFailedException({ $metadata: {}, message: 'no' }));
  await expect(run()).rejects.toThrow(ConditionalCheckFailedException);
  expect(tries()).toBe(1);
});
