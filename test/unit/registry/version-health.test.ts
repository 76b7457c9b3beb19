// Three runs within ten minutes that a version did not survive quarantine it, however they come; a release ends that.
import { beforeEach, describe, expect, it } from 'vitest';
import { noteFailure, release, type VersionHealth } from '../../../lambdas/registry/domain/version-health.ts';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { versionFailures } from '../../../lambdas/registry/version-failures.ts';
import { registryApi } from '../../support/registry-api.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

const iris = { model: 'acme.iris', version: '1.0.0', ownerAccountId: 'acc_acme' };
const MINUTE_MS = 60_000;
const failedIn = (...minutes: number[]): VersionHealth | undefined =>
  minutes.reduce<VersionHealth | undefined>(
    (health, minute) => noteFailure(iris, health, { kind: 'crashed', atMs: minute * MINUTE_MS }) ?? health,
    undefined,
  );

describe('failures', () => {
  it.each([
    { minutes: [0, 1], quarantined: false },
    { minutes: [0, 5, 9.9], quarantined: true },
    { minutes: [0, 5, 10], quarantined: false },
    { minutes: [0, 5, 10, 14], quarantined: true },
    { minutes: [9, 0, 5], quarantined: true },
    { minutes: [0, 11, 22, 33, 44], quarantined: false },
  ])('in minutes $minutes quarantine: $quarantined', ({ minutes, quarantined }) => {
    expect(failedIn(...minutes)?.quarantinedAtMs !== undefined).toBe(quarantined);
  });

  it('of calls that were under way change nothing once it is quarantined', () => {
    const health = failedIn(0, 1, 2);
    expect(noteFailure(iris, health, { kind: 'timed_out', atMs: 3 * MINUTE_MS })).toBeUndefined();
  });

  it('are forgotten with a release, which a publisher has twice and an operator always', () => {
    let health = failedIn(0, 1, 2);
    for (const by of ['publisher', 'publisher', 'operator'] as const) {
      expect(health?.quarantinedAtMs).toBeDefined();
      if (by === 'operator') expect(() => release(health, 'publisher')).toThrow('an operator may release it');
      const free = release(health, by);
      expect(free).toMatchObject({ failures: [], quarantinedAtMs: undefined });
      health = [3, 4, 5].reduce<VersionHealth | undefined>(
        (known, minute) => noteFailure(iris, known, { kind: 'crashed', atMs: minute * MINUTE_MS }) ?? known,
        free,
      );
    }
  });
});

describe('a published version', () => {
  let registry: MemoryRegistry;
  let call: ReturnType<typeof registryApi>;
  const path = '/v1/models/acme.iris/versions/1.0.0';
  const fail = (kind: 'crashed' | 'timed_out' = 'crashed', nowMs = Date.now()) =>
    versionFailures(registry.health).note({ version: iris, kind, nowMs });
  const resolve = (reference?: string) =>
    publishedModels({ ...registry, clock: () => 0 }).resolve({ model: 'acme.iris', reference, accountId: 'acc_other' });

  const publish = async (version: string) => {
    const files = [{ path: 'model.onnx', sizeBytes: 3, sha256: 'a'.repeat(64) }];
    await call('POST', '/v1/models/acme.iris/versions', { who: 'acme', body: { version, files } });
    registry.settleAs('acme.iris', version, { state: 'validated', validated });
    await call('POST', `/v1/models/acme.iris/versions/${version}/publish`, { who: 'acme' });
  };

  beforeEach(async () => {
    registry = memoryRegistry();
    call = registryApi(registry);
    const body = { name: 'acme.iris', summary: 's', task: 'tabular', license: 'MIT', visibility: 'public' };
    await call('POST', '/v1/models', { who: 'acme', body });
    await publish('1.0.0');
  });

  it('is quarantined by exactly one of many failures at once, and told of once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 9 }, () => fail()));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(registry.events.filter((event) => event.startsWith('VersionQuarantined'))).toEqual([
      'VersionQuarantined.v1 acme.iris 1.0.0',
    ]);
  });

  it('is refused then, by its number and as latest, and its publisher sees why', async () => {
    await fail('crashed');
    await fail('timed_out');
    expect(await resolve()).toMatchObject({ version: '1.0.0' });
    await fail('crashed');
    await expect(resolve()).rejects.toMatchObject({ code: 'version_quarantined' });
    await expect(resolve('1.0.0')).rejects.toMatchObject({ code: 'version_quarantined' });
    const told = await call('GET', path, { who: 'acme' });
    expect(told.body).toMatchObject({
      state: 'quarantined',
      quarantine: { crashed: 2, timedOut: 1, releases: 0, reason: expect.stringContaining('within ten minutes') },
    });
    const list = await call('GET', '/v1/models/acme.iris/versions', { who: 'acme' });
    expect(list.body.items[0].state).toBe('quarantined');
  });

  it('is passed over by ranges, which take the next one that may be called', async () => {
    await publish('1.1.0');
    for (let i = 0; i < 3; i++) {
      await versionFailures(registry.health).note({
        version: { ...iris, version: '1.1.0' },
        kind: 'crashed',
        nowMs: i,
      });
    }
    expect(await resolve('^1')).toMatchObject({ version: '1.0.0' });
    await expect(resolve('latest')).rejects.toMatchObject({ code: 'version_quarantined' });
  });

  it('is released by its publisher, and by no other', async () => {
    for (let i = 0; i < 3; i++) await fail();
    expect((await call('POST', `${path}/release`, { who: 'other' })).status).toBe(403);
    const released = await call('POST', `${path}/release`, { who: 'acme' });
    expect([released.status, released.body.state]).toEqual([200, 'published']);
    expect(released.body.quarantine).toBeUndefined();
    expect(await resolve()).toMatchObject({ version: '1.0.0' });
    expect(registry.events.at(-1)).toBe('VersionReleased.v1 acme.iris 1.0.0');
    expect((await call('POST', `${path}/release`, { who: 'acme' })).status).toBe(200);
    expect(registry.events.filter((event) => event.startsWith('VersionReleased'))).toHaveLength(1);
  });

  it('is released a third time by an operator only', async () => {
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 3; i++) await fail();
      if (round < 2) await call('POST', `${path}/release`, { who: 'acme' });
    }
    const refused = await call('POST', `${path}/release`, { who: 'acme' });
    expect([refused.status, refused.body.code]).toEqual([403, 'operator_only']);
    const moderated = path.replace('/v1/models', '/v1/admin/moderation/models');
    const released = await call('POST', `${moderated}/release`, {
      who: 'boss',
      change: { operator: true },
      body: { reason: 'Its publisher mended what it calls' },
    });
    expect([released.status, released.body.state]).toEqual([200, 'published']);
  });

  it('cannot be released before it is published', async () => {
    const files = [{ path: 'model.onnx', sizeBytes: 3, sha256: 'a'.repeat(64) }];
    await call('POST', '/v1/models/acme.iris/versions', { who: 'acme', body: { version: '2.0.0', files } });
    const refused = await call('POST', '/v1/models/acme.iris/versions/2.0.0/release', { who: 'acme' });
    expect([refused.status, refused.body.code]).toEqual([409, 'version_state_forbids']);
  });
});
