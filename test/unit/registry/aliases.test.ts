// Aliases as HTTP, over stores in memory.
import { beforeEach, describe, expect, it } from 'vitest';
import { permissions } from '../../../lambdas/accounts/contract.ts';
import { ALIAS_LIMIT } from '../../../lambdas/registry/terms.ts';
import type { MemberRole } from '../../../lambdas/shared/platform/caller.ts';
import { type As, newModel, registryApi } from '../../support/registry-api.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

let registry: MemoryRegistry;
let call: ReturnType<typeof registryApi>;

beforeEach(async () => {
  registry = memoryRegistry();
  call = registryApi(registry);
  await call('POST', '/v1/models', { who: 'acme', body: newModel('acme.iris') });
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await publish(version);
});

const sha256 = 'c'.repeat(64);
const publish = async (version: string, as: As = {}) => {
  const files = [{ path: 'model.onnx', sizeBytes: 3, sha256 }];
  const path = '/v1/models/acme.iris/versions';
  const { body } = await call('POST', path, { who: 'acme', body: { version, files } });
  registry.objects.set(body.uploads[0].fields.key, { sizeBytes: 3, sha256 });
  await call('POST', `${path}/${version}/complete`, { who: 'acme' });
  registry.settleAs('acme.iris', version, { state: 'validated', validated });
  return call('POST', `${path}/${version}/publish`, { who: 'acme', ...as });
};
const at = (alias: string) => `/v1/models/acme.iris/aliases/${alias}`;
const put = (alias: string, body: unknown, as: As = {}) => call('PUT', at(alias), { who: 'acme', body, ...as });
const point = (alias: string, version: string, as: As = {}) => put(alias, { targets: [{ version, weight: 1 }] }, as);
const canary = {
  targets: [
    { version: '1.2.0', weight: 5 },
    { version: '1.1.0', weight: 95 },
  ],
};
const rollBack = (alias: string, as: As = {}) => call('POST', `${at(alias)}/rollback`, { who: 'acme', ...as });
const get = (alias: string, as: As = { who: 'acme' }) => call('GET', at(alias), as);
const named = async (alias: string) =>
  (await get(alias)).body.targets.map(
    (target: { version: string; weight: number }) => `${target.version}:${target.weight}`,
  );
const latestVersion = async () => (await call('GET', '/v1/models/acme.iris')).body.latestVersion;
const quarantine = (version: string) =>
  registry.health.fail(
    {
      model: 'acme.iris',
      version,
      ownerAccountId: 'acc_acme',
      failures: [],
      quarantinedAtMs: 1,
      releaseCount: 0,
      revision: 1,
    },
    1,
  );

describe('setting an alias', () => {
  it('makes it, answers its shares and its ETag, and tells of it', async () => {
    const answer = await put('stable', { ...canary, reason: 'Five in a hundred first' });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ location: at('stable'), etag: expect.stringMatching(/^"1-/) });
    expect(answer.body).toEqual({
      alias: 'stable',
      targets: [
        { version: '1.1.0', weight: 95, share: 0.95 },
        { version: '1.2.0', weight: 5, share: 0.05 },
      ],
      revision: 1,
      pinned: true,
      protectedRoles: null,
      history: [],
      createdAt: expect.any(String),
      updatedAt: answer.body.createdAt,
    });
    expect(registry.events.at(-1)).toBe('AliasMoved.v1 acme.iris');
    expect(registry.entries.at(-1)).toMatchObject({ reason: 'Five in a hundred first', data: { how: 'set' } });
  });

  it('changes nothing when it says what is so already', async () => {
    const first = await put('stable', canary);
    const again = await put('stable', { targets: [...canary.targets].reverse() });
    expect(again.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(registry.events.filter((event) => event.startsWith('Alias'))).toHaveLength(1);
  });

  it('takes the next setting only from who has seen the present one, if told so', async () => {
    const { headers } = await put('stable', canary);
    const seen = { headers: { 'if-match': headers.etag ?? '' } };
    expect((await point('stable', '1.2.0', seen)).status).toBe(200);
    expect(await point('stable', '1.0.0', seen)).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(await point('beta', '1.0.0', seen)).toMatchObject({ status: 412 });
    expect(await named('stable')).toEqual(['1.2.0:1']);
  });

  it.each([
    { why: 'no version', body: { targets: [] }, pointer: '/targets' },
    {
      why: 'eleven versions',
      body: { targets: Array.from({ length: 11 }, (_, n) => ({ version: `1.${n}.0`, weight: 1 })) },
      pointer: '/targets',
    },
    { why: 'no weight above 0', body: { targets: [{ version: '1.0.0', weight: 0 }] }, pointer: '/targets' },
    {
      why: 'a share for a weight',
      body: { targets: [{ version: '1.0.0', weight: 0.95 }] },
      pointer: '/targets/0/weight',
    },
    { why: 'a weight below 0', body: { targets: [{ version: '1.0.0', weight: -1 }] }, pointer: '/targets/0/weight' },
    {
      why: 'a version twice',
      body: {
        targets: [
          { version: '1.0.0', weight: 1 },
          { version: '1.0.0', weight: 2 },
        ],
      },
      pointer: '/targets/1/version',
    },
    { why: 'a range', body: { targets: [{ version: '^1', weight: 1 }] }, pointer: '/targets/0/version' },
    { why: 'a missing version', body: { targets: [{ version: '9.0.0', weight: 1 }] }, pointer: '/targets/0/version' },
    { why: 'nothing', body: {}, pointer: '' },
    { why: 'no targets of a new one', body: { pinned: true }, pointer: '/targets' },
    { why: 'an unknown field', body: { ...canary, colour: 'red' }, pointer: '/colour' },
    { why: 'that publishing moves it', body: { ...canary, pinned: false }, pointer: '/pinned' },
    {
      why: 'a protection without the owner',
      body: { ...canary, protectedRoles: ['admin'] },
      pointer: '/protectedRoles',
    },
    {
      why: 'a role that moves nothing',
      body: { ...canary, protectedRoles: ['owner', 'viewer'] },
      pointer: '/protectedRoles/1',
    },
  ])('is refused with $why', async ({ body, pointer }) => {
    const answer = await put('stable', body);
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(answer.body.errors[0].pointer).toBe(pointer);
    expect((await get('stable')).status).toBe(404);
  });

  it.each(['Stable', '1st', '1.0.0', 'a'.repeat(65), 'sta.ble'])('is refused under the name %j', async (alias) => {
    const answer = await put(alias, canary);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: 'params/alias' }] } });
  });

  it('is refused with a version that cannot be called', async () => {
    await quarantine('1.2.0');
    expect(await put('stable', canary)).toMatchObject({ status: 409, body: { code: 'version_quarantined' } });
    registry.settleAs('acme.iris', '1.0.0', { state: 'retired' });
    expect(await point('stable', '1.0.0')).toMatchObject({ status: 409, body: { code: 'version_state_forbids' } });
  });

  it('is refused when a version retires at that moment', async () => {
    registry.between = async () => registry.settleAs('acme.iris', '1.2.0', { state: 'retired' });
    expect(await put('stable', canary)).toMatchObject({ status: 409, body: { code: 'version_state_forbids' } });
  });

  it('happens over what another made of it meanwhile', async () => {
    await point('stable', '1.0.0');
    registry.between = () => point('stable', '1.1.0');
    const answer = await point('stable', '1.2.0');
    expect(answer.body.history.map((one: { targets: { version: string }[] }) => one.targets[0]?.version)).toEqual([
      '1.1.0',
      '1.0.0',
    ]);
  });

  it('is refused beyond the limit, and possible again once one is deleted', async () => {
    for (let n = 0; n < ALIAS_LIMIT; n++) await point(`a${n}`, '1.0.0');
    expect(await point('more', '1.0.0')).toMatchObject({ status: 409, body: { code: 'alias_limit_reached' } });
    expect((await call('DELETE', at('a0'), { who: 'acme' })).status).toBe(204);
    expect((await point('more', '1.0.0')).status).toBe(201);
  });
});

describe('alias latest', () => {
  it('is moved by publishing until it is set by hand, and again once that is released', async () => {
    expect((await get('latest')).body).toMatchObject({ pinned: false, targets: [{ version: '1.2.0' }] });
    expect((await point('latest', '1.1.0')).body.pinned).toBe(true);
    expect(await latestVersion()).toBe('1.1.0');
    await publish('1.3.0');
    expect(await latestVersion()).toBe('1.1.0');
    // Releasing it moves no calls.
    expect((await put('latest', { pinned: false })).body).toMatchObject({ pinned: false, revision: 4 });
    expect(await latestVersion()).toBe('1.1.0');
    await publish('1.4.0');
    expect(await latestVersion()).toBe('1.4.0');
  });

  it('goes on following when it is set by hand and told so', async () => {
    await put('latest', { targets: [{ version: '1.1.0', weight: 1 }], pinned: false });
    await publish('1.3.0');
    expect(await latestVersion()).toBe('1.3.0');
  });

  it('stays when it is split, and names the heaviest where one version is told', async () => {
    await put('latest', canary);
    await publish('1.3.0');
    expect(await named('latest')).toEqual(['1.1.0:95', '1.2.0:5']);
    expect(await latestVersion()).toBe('1.1.0');
    expect(await put('latest', { pinned: false })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/pinned' }] },
    });
  });

  it('is not deleted', async () => {
    const answer = await call('DELETE', at('latest'), { who: 'acme' });
    expect(answer).toMatchObject({ status: 409, body: { code: 'alias_stays' } });
  });

  it('is rolled back from what publishing made of it, and stays there', async () => {
    expect((await rollBack('latest')).body).toMatchObject({ pinned: true, targets: [{ version: '1.1.0' }] });
    expect(await latestVersion()).toBe('1.1.0');
    await publish('1.3.0');
    expect(await latestVersion()).toBe('1.1.0');
  });
});

describe('rolling back', () => {
  const over = { sinceMs: 1, sunsetAtMs: 2, successor: undefined, reason: 'r' };

  it('leads to what it named before, further with each call, and then to nothing', async () => {
    await point('stable', '1.0.0');
    await put('stable', canary);
    await point('stable', '1.2.0');
    const back = await rollBack('stable', { body: { reason: 'Answers got worse' } });
    expect(back).toMatchObject({ status: 200, body: { revision: 4, history: [{ targets: [{ version: '1.0.0' }] }] } });
    expect(await named('stable')).toEqual(['1.1.0:95', '1.2.0:5']);
    expect(registry.entries.at(-1)).toMatchObject({ reason: 'Answers got worse', data: { how: 'rollback' } });
    await rollBack('stable');
    expect(await named('stable')).toEqual(['1.0.0:1']);
    expect(await rollBack('stable')).toMatchObject({ status: 409, body: { code: 'nothing_to_roll_back' } });
    expect(await rollBack('beta')).toMatchObject({ status: 404, body: { code: 'alias_not_found' } });
  });

  it('passes over settings whose versions can no longer be called', async () => {
    await point('stable', '1.0.0');
    await put('stable', canary);
    await point('stable', '1.1.0');
    await quarantine('1.2.0');
    await rollBack('stable');
    expect(await named('stable')).toEqual(['1.0.0:1']);
    registry.settleAs('acme.iris', '1.1.0', { state: 'retired' });
    expect(await rollBack('stable')).toMatchObject({ status: 409, body: { code: 'nothing_to_roll_back' } });
  });

  it.each([
    { end: 'retired', change: { state: 'retired' as const } },
    { end: 'at the end of its notice', change: { state: 'deprecated' as const, deprecation: over } },
  ])('leaves out a version without callers that is $end meanwhile', async ({ change }) => {
    const before = [
      { version: '1.1.0', weight: 100 },
      { version: '1.0.0', weight: 0 },
    ];
    await put('stable', { targets: before });
    await point('stable', '1.2.0');
    registry.settleAs('acme.iris', '1.0.0', change);
    expect(await rollBack('stable')).toMatchObject({ status: 200 });
    expect(await named('stable')).toEqual(['1.1.0:100']);
  });

  it('does not lead to what is named already, but for a version that is no more', async () => {
    await point('stable', '1.0.0');
    await point('stable', '1.2.0');
    const both = [
      { version: '1.2.0', weight: 1 },
      { version: '1.1.0', weight: 0 },
    ];
    await put('stable', { targets: both });
    registry.settleAs('acme.iris', '1.1.0', { state: 'retired' });
    await rollBack('stable');
    expect(await named('stable')).toEqual(['1.0.0:1']);
  });

  it('and setting lead to no version at the end of its notice', async () => {
    await point('stable', '1.0.0');
    await point('stable', '1.1.0');
    registry.settleAs('acme.iris', '1.0.0', { state: 'deprecated', deprecation: over });
    expect((await rollBack('stable')).body.code).toBe('nothing_to_roll_back');
    expect((await point('stable', '1.0.0')).body).toMatchObject({ status: 409, code: 'version_retired' });
  });

  it('remembers the last twenty settings', async () => {
    for (let n = 0; n < 30; n++) await point('stable', `1.${n % 2}.0`);
    expect((await get('stable')).body.history).toHaveLength(20);
  });
});

const as = (role: MemberRole, change: object = {}): As => ({ change: { role, ...change } });
const key = { via: 'key', keyId: 'key_1', scopes: ['models:write'] } as const;

describe('who moves aliases', () => {
  it.each([
    { role: 'owner', open: 200, guarded: 200, guards: 200 },
    { role: 'admin', open: 200, guarded: 200, guards: 200 },
    { role: 'developer', open: 200, guarded: 403, guards: 403 },
    { role: 'billing', open: 403, guarded: 403, guards: 403 },
    { role: 'viewer', open: 403, guarded: 403, guards: 403 },
  ] as const)('a $role: $open, where it is protected $guarded, protecting it $guards', async (cell) => {
    await point('canary', '1.0.0');
    await put('stable', { targets: [{ version: '1.0.0', weight: 1 }], protectedRoles: ['owner', 'admin'] });
    for (const caller of [as(cell.role), as(cell.role, key)]) {
      // The route's own permission is the platform's to check; here the table stands in for it.
      const allowed = cell.role !== 'billing' && cell.role !== 'viewer';
      if (allowed) {
        expect((await point('canary', '1.1.0', caller)).status).toBe(cell.open);
        expect((await point('stable', '1.1.0', caller)).status).toBe(cell.guarded);
        expect((await rollBack('stable', caller)).status).toBe(cell.guarded);
        expect((await put('canary', { protectedRoles: null }, caller)).status).toBe(cell.guards);
        await point('canary', '1.0.0');
        continue;
      }
      expect(permissions['models:promote'].roles as readonly string[]).not.toContain(cell.role);
      expect(permissions['models:protect'].roles as readonly string[]).not.toContain(cell.role);
    }
    const gone = await call('DELETE', at('stable'), { who: 'acme', ...as(cell.role) });
    expect(gone.status).toBe(cell.guarded === 200 ? 204 : 403);
  });

  it('a protected alias is the owner’s even where others may not see why', async () => {
    await put('stable', { ...canary, protectedRoles: ['owner'] });
    const refused = await point('stable', '1.0.0', as('admin'));
    expect(refused).toMatchObject({ status: 403, body: { code: 'permission_denied' } });
    expect(refused.body.detail).toContain("needs the role 'owner' in the account, got 'admin'");
  });

  it('lifting a protection is told, and moves nobody', async () => {
    await put('stable', { ...canary, protectedRoles: ['owner'] });
    const lifted = await put('stable', { protectedRoles: null });
    expect(lifted.body).toMatchObject({ revision: 1, protectedRoles: null });
    expect(registry.events.at(-1)).toBe('AliasChanged.v1 acme.iris');
  });

  it('whoever may not move latest publishes without moving it', async () => {
    await put('latest', { protectedRoles: ['owner', 'admin'] });
    expect((await publish('1.3.0', as('developer'))).status).toBe(200);
    expect(await latestVersion()).toBe('1.2.0');
    await publish('1.4.0', as('admin'));
    expect(await latestVersion()).toBe('1.4.0');
  });

  it('others may not, and are told nothing of who may and what was', async () => {
    await put('stable', { ...canary, protectedRoles: ['owner'] });
    expect(await point('stable', '1.0.0', { who: 'zoo' })).toMatchObject({
      status: 403,
      body: { code: 'not_your_handle' },
    });
    const bound = as('owner', { ...key, models: ['acme.lily'] });
    expect(await point('stable', '1.0.0', bound)).toMatchObject({ status: 403 });
    for (const who of [undefined, 'zoo']) {
      const told = (await get('stable', { who })).body;
      expect(told).not.toHaveProperty('protectedRoles');
      expect(told).not.toHaveProperty('history');
      expect(told.targets).toHaveLength(2);
    }
  });
});

it('lists aliases without their past', async () => {
  await put('stable', canary);
  const { body } = await call('GET', '/v1/models/acme.iris/aliases');
  expect(body.items.map(({ alias }: { alias: string }) => alias)).toEqual(['latest', 'stable']);
  expect(body.items[0]).not.toHaveProperty('history');
});

describe('the end of a version', () => {
  const retire = (version: string) =>
    call('POST', `/v1/models/acme.iris/versions/${version}/retire`, { who: 'acme', body: { reason: 'done' } });

  const latestOfOwner = async () => (await call('GET', '/v1/models/acme.iris', { who: 'acme' })).body.latestVersion;

  beforeEach(() => call('PATCH', '/v1/models/acme.iris', { who: 'acme', body: { visibility: 'private' } }));

  it('leaves the callers of latest to the versions that it shares them with', async () => {
    await put('latest', canary);
    expect((await retire('1.1.0')).status).toBe(200);
    expect(await named('latest')).toEqual(['1.2.0:5']);
    const { body } = await call('GET', '/v1/models/acme.iris', { who: 'acme' });
    expect([body.latestVersion, (await get('latest')).body.pinned]).toEqual(['1.2.0', true]);
  });

  it('moves latest past what is quarantined, unless nothing else is left', async () => {
    await quarantine('1.1.0');
    await retire('1.2.0');
    expect(await latestOfOwner()).toBe('1.0.0');
    await retire('1.0.0');
    expect(await latestOfOwner()).toBe('1.1.0');
  });

  it('moves latest to the highest version that is left, until it names none', async () => {
    await retire('1.2.0');
    expect(await named('latest')).toEqual(['1.1.0:1']);
    await retire('1.1.0');
    await retire('1.0.0');
    expect(await latestOfOwner()).toBeNull();
    await publish('1.3.0');
    expect(await latestOfOwner()).toBe('1.3.0');
  });

  it.each(['retire', 'deprecate'])('is brought about by nobody who may not move what names it: %s', async (what) => {
    await put('latest', { protectedRoles: ['owner'] });
    await put('stable', { ...canary, protectedRoles: ['owner', 'admin'] });
    const body = { reason: 'done', ...(what === 'deprecate' ? { sunsetAt: '2099-01-01T00:00:00Z' } : {}) };
    const end = (version: string, role: MemberRole) =>
      call('POST', `/v1/models/acme.iris/versions/${version}/${what}`, { who: 'acme', body, ...as(role) });
    expect(await end('1.2.0', 'developer')).toMatchObject({ status: what === 'retire' ? 409 : 403 });
    if (what === 'deprecate') {
      // `stable` names it, and is protected less.
      expect((await end('1.1.0', 'developer')).body.code).toBe('permission_denied');
      expect((await end('1.1.0', 'admin')).status).toBe(200);
    }
    await call('DELETE', at('stable'), { who: 'acme' });
    expect((await end('1.2.0', 'admin')).body).toMatchObject({ status: 403, code: 'permission_denied' });
    expect(await latestOfOwner()).toBe('1.2.0');
    expect((await end('1.0.0', 'developer')).status).toBe(200);
    expect((await end('1.2.0', 'owner')).status).toBe(200);
  });

  it('leaves latest its protection where nothing is left, so that what is published next is not named by everybody', async () => {
    await put('latest', { protectedRoles: ['owner'] });
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await retire(version);
    expect((await get('latest')).body).toMatchObject({ protectedRoles: ['owner'] });
    await publish('1.3.0', as('developer'));
    expect(await latestOfOwner()).toBeNull();
    expect((await point('latest', '1.3.0', as('developer'))).status).toBe(403);
    await publish('1.4.0');
    expect(await latestOfOwner()).toBe('1.4.0');
  });

  it('lets a pinned latest follow what is published next where nothing is left that it could stay at', async () => {
    await point('latest', '1.2.0');
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await retire(version);
    await publish('1.3.0');
    expect(await latestOfOwner()).toBe('1.3.0');
    expect((await get('latest')).body).toMatchObject({ pinned: true });
  });

  it('waits for every alias that names the version beside others', async () => {
    await put('canary', canary);
    expect((await retire('1.2.0')).body).toMatchObject({ status: 409, code: 'version_in_use' });
    await point('canary', '1.1.0');
    expect((await retire('1.2.0')).status).toBe(200);
  });
});
