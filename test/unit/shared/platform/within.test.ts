import { expect, it } from 'vitest';
import { within } from '../../../../lambdas/shared/platform/within.ts';

const never = new Promise<never>(() => {});

it('hands on what comes in time, a fault too', async () => {
  expect(await within(Promise.resolve(7), 1_000)).toBe(7);
  await expect(within(Promise.reject(new Error('its own')), 1_000)).rejects.toThrow('its own');
});

it('gives up on what does not come', async () => {
  await expect(within(never, 5)).rejects.toMatchObject({ name: 'TooLate' });
});

it('lets nothing that comes later disturb anybody', async () => {
  let fail: (fault: Error) => void = () => {};
  const late = new Promise<never>((_, reject) => {
    fail = reject;
  });
  await expect(within(late, 1)).rejects.toMatchObject({ name: 'TooLate' });
  fail(new Error('too late to matter'));
  await new Promise((resolve) => setTimeout(resolve, 5));
});
