import { describe, expect, it } from 'vitest';
import {
  clientAddressOf,
  gatewayAddress,
  provenAddress,
  SECRET_KEPT_MS,
} from '../../../../lambdas/shared/platform/client-address.ts';
import type { OriginSecret } from '../../../../lambdas/shared/platform/origin-secret.ts';

const current = 'c'.repeat(64);
const previous = 'p'.repeat(64);
const gateway = '198.51.100.9';
const viewer = '203.0.113.7';

const place = (secret: OriginSecret = { current, previous }) => {
  const state = { nowMs: 0, reads: 0, secret: secret as OriginSecret | Error, faults: 0 };
  const address = provenAddress({
    readSecret: async () => {
      state.reads++;
      if (state.secret instanceof Error) throw state.secret;
      return state.secret;
    },
    clock: () => state.nowMs,
    onFault: () => state.faults++,
  });
  const from = (shown?: string, told: string | undefined = viewer) =>
    address({ 'x-aimass-origin-secret': shown, 'x-aimass-viewer-address': told }, gateway);
  return { state, from };
};

describe('behind CloudFront', () => {
  it('the viewer’s address is believed with the secret, the one before it too', async () => {
    const { from } = place();
    expect(await from(current)).toBe(viewer);
    expect(await from(previous)).toBe(viewer);
  });

  it.each([
    ['no secret', undefined],
    ['an empty one', ''],
    ['another', 'x'.repeat(64)],
    ['a part of it', current.slice(0, 63)],
    ['it and more', `${current}c`],
  ])('with %s only the gateway is', async (_what, shown) => {
    const { from } = place();
    expect(await from(shown)).toBe(gateway);
  });

  it('a secret that was never there opens nothing', async () => {
    const { from } = place({ current });
    for (const shown of ['undefined', '', previous]) expect(await from(shown)).toBe(gateway);
  });

  it('what is no address is not believed, whoever tells it', async () => {
    const { from } = place();
    for (const told of ['localhost', '203.0.113.7:443', '203.0.113.7, 10.0.0.1', '', '::1%eth0x ']) {
      expect(await from(current, told)).toBe(gateway);
    }
    expect(await from(current, '2001:db8::7')).toBe('2001:db8::7');
  });

  it('the secret is read once a minute, by however many calls at once, and not for who shows none', async () => {
    const { from, state } = place();
    await from(undefined);
    expect(state.reads).toBe(0);
    await Promise.all(Array.from({ length: 20 }, () => from(current)));
    expect(state.reads).toBe(1);
    state.nowMs = SECRET_KEPT_MS - 1;
    await from('wrong');
    expect(state.reads).toBe(1);
    state.nowMs = SECRET_KEPT_MS;
    await from(current);
    expect(state.reads).toBe(2);
    expect(SECRET_KEPT_MS).toBeLessThanOrEqual(60_000);
  });

  it('a rotation counts within a minute, and takes back the one before the last', async () => {
    const { from, state } = place();
    await from(current);
    const next = 'n'.repeat(64);
    state.secret = { current: next, previous: current };
    state.nowMs = SECRET_KEPT_MS;
    expect(await from(next)).toBe(viewer);
    expect(await from(current)).toBe(viewer);
    expect(await from(previous)).toBe(gateway);
  });

  it('a secret that cannot be read leaves the last one in force, and the fault is told', async () => {
    const { from, state } = place();
    await from(current);
    state.secret = new Error('Secrets Manager is away');
    state.nowMs = SECRET_KEPT_MS;
    expect(await from(current)).toBe(viewer);
    expect(state.faults).toBe(1);
  });

  it('without any, nobody is believed, and it is looked for again soon', async () => {
    const { from, state } = place();
    state.secret = new Error('there is no such secret');
    expect(await from(current)).toBe(gateway);
    expect(await from(current)).toBe(gateway);
    expect(state.reads).toBe(1);
    state.secret = { current };
    state.nowMs = 5_000;
    expect(await from(current)).toBe(viewer);
  });
});

it('is the gateway’s where the environment names no secret', async () => {
  expect(clientAddressOf({})).toBe(gatewayAddress);
  const headers = { 'x-aimass-origin-secret': current, 'x-aimass-viewer-address': viewer };
  expect(await gatewayAddress(headers, gateway)).toBe(gateway);
});
