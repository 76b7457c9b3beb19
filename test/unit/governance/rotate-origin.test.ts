// A rotation of the origin secret against a CloudFront and functions that behave as theirs do: whatever step it dies at,
// what CloudFront sends is believed.
import { describe, expect, it } from 'vitest';
import { rotateOrigin } from '../../../lambdas/governance/routes/rotate-origin.ts';
import { type OriginSecret, proves } from '../../../lambdas/shared/platform/origin-secret.ts';

const first = '1'.repeat(64);
const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

class Died extends Error {}

/** @param dieAt - the call to a port, counted from 1, that never returns */
const place = () => {
  const versions = new Map<string, OriginSecret>([['v0', { current: first }]]);
  const state = { currentId: 'v0', sent: first, settled: true, calls: 0, dieAt: 0, waited: false, values: 0 };
  /** What functions believe: they read again within the wait. */
  let believed: OriginSecret = { current: first };
  const log: string[] = [];
  const port = async <T>(name: string, act: () => T): Promise<T> => {
    state.calls++;
    if (state.calls === state.dieAt) throw new Died(name);
    const result = act();
    log.push(name);
    // At every moment, and whatever was read when.
    expect(proves(believed, state.sent)).toBe(true);
    return result;
  };
  const rotate = rotateOrigin({
    versions: {
      read: (id) => port('read', () => versions.get(id)),
      writePending: (id, secret) => port('writePending', () => void versions.set(id, secret)),
      makeCurrent: (id) =>
        port('makeCurrent', () => {
          state.currentId = id;
        }),
    },
    front: {
      settledSecret: () =>
        port('settledSecret', () => {
          if (!state.settled) throw new Error('still spreads');
          return state.sent;
        }),
      send: (value) =>
        port('send', () => {
          state.sent = value;
          state.settled = false;
        }),
    },
    newValue: () => String(++state.values + 1).repeat(64),
    waitForFunctions: () =>
      port('wait', () => {
        believed = versions.get(state.currentId) ?? believed;
      }),
  });
  const run = async (id: string) => {
    for (const Step of steps) await rotate({ Step, ClientRequestToken: id, SecretId: 'aimass-dev-origin' });
  };
  /** Time goes by: functions have read what is current, CloudFront has spread what it was told. */
  const settle = () => {
    believed = versions.get(state.currentId) ?? believed;
    state.settled = true;
    expect(proves(believed, state.sent)).toBe(true);
  };
  return { run, rotate, settle, state, versions, log };
};

it('has functions believe the new value before CloudFront sends it, and the old one still', async () => {
  const { run, state, versions, log } = place();
  await run('v1');
  expect(versions.get('v1')).toEqual({ current: '2'.repeat(64), previous: first });
  expect(state.sent).toBe('2'.repeat(64));
  expect(log.indexOf('makeCurrent')).toBeLessThan(log.indexOf('wait'));
  expect(log.indexOf('wait')).toBeLessThan(log.indexOf('send'));
});

it('keeps exactly two values, month after month', async () => {
  const { run, settle, state, versions } = place();
  for (const id of ['v1', 'v2', 'v3']) {
    await run(id);
    settle();
  }
  expect(versions.get('v3')).toEqual({ current: '4'.repeat(64), previous: '3'.repeat(64) });
  expect(state.sent).toBe('4'.repeat(64));
});

it('may die at any of its calls: what is sent stays believed, and the next one goes through', async () => {
  const whole = place();
  await whole.run('v1');
  const callCount = whole.state.calls;
  expect(callCount).toBeGreaterThan(6);
  for (let dieAt = 1; dieAt <= callCount; dieAt++) {
    const { run, settle, state } = place();
    state.dieAt = dieAt;
    await expect(run('v1')).rejects.toThrow(Died);
    state.dieAt = 0;
    settle();
    // Secrets Manager tries the same version again, or a new one.
    await run(dieAt % 2 === 0 ? 'v1' : 'v2');
    settle();
    expect(state.sent).not.toBe(first);
  }
});

it('does not begin while CloudFront still spreads the last one', async () => {
  const { run, state } = place();
  await run('v1');
  await expect(run('v2')).rejects.toThrow('still spreads');
  expect(state.currentId).toBe('v1');
});

describe('a pending version', () => {
  it('is written once, however often its step is repeated', async () => {
    const { rotate, versions } = place();
    await rotate({ Step: 'createSecret', ClientRequestToken: 'v1' });
    const made = versions.get('v1');
    await rotate({ Step: 'createSecret', ClientRequestToken: 'v1' });
    expect(versions.get('v1')).toEqual(made);
  });

  it('that forgets what CloudFront sends does not become current', async () => {
    const { rotate, versions, state } = place();
    versions.set('v1', { current: '9'.repeat(64), previous: '8'.repeat(64) });
    await expect(rotate({ Step: 'testSecret', ClientRequestToken: 'v1' })).rejects.toThrow('forgets');
    expect(state.currentId).toBe('v0');
  });

  it('that was never filled is nothing to test, also while CloudFront spreads: so Secrets Manager tries a schedule', async () => {
    const { rotate, state, log } = place();
    state.settled = false;
    await rotate({ Step: 'testSecret', ClientRequestToken: 'trial' });
    expect(log).toEqual(['read']);
    expect(state).toMatchObject({ currentId: 'v0', sent: first });
    // One that was filled is tested as ever.
    state.settled = true;
    await rotate({ Step: 'createSecret', ClientRequestToken: 'v1' });
    state.settled = false;
    await expect(rotate({ Step: 'testSecret', ClientRequestToken: 'v1' })).rejects.toThrow('still spreads');
  });

  it('must be there to become current', async () => {
    const { rotate } = place();
    await expect(rotate({ Step: 'finishSecret', ClientRequestToken: 'v9' })).rejects.toThrow('no version v9');
  });
});

it.each([undefined, {}, { Step: 'everything', ClientRequestToken: 'v1' }])('refuses %j', async (event) => {
  await expect(place().rotate(event)).rejects.toThrow();
});
