import { beforeEach, describe, expect, it, vi } from 'vitest';
import { nextAccess } from '../../../lambdas/registry/domain/access.ts';
import { readReference } from '../../../lambdas/registry/domain/find-reference.ts';
import { changeAlias, withLatest } from '../../../lambdas/registry/domain/move-alias.ts';
import type { Access, Subscription } from '../../../lambdas/registry/ports/access.ts';
import { PLATFORM } from '../../../lambdas/registry/ports/act.ts';
import type { Alias, AliasTarget } from '../../../lambdas/registry/ports/aliases.ts';
import type { Model, Version } from '../../../lambdas/registry/ports.ts';
import { publishedModels } from '../../../lambdas/registry/published-models.ts';
import { type MemoryRegistry, memoryRegistry, validated } from './memory-registry.ts';

let registry: MemoryRegistry;
let nowMs: number;
let models: ReturnType<typeof publishedModels>;

beforeEach(() => {
  registry = memoryRegistry();
  nowMs = 1_000_000;
  models = publishedModels({ ...registry, clock: () => nowMs });
});

const putModel = async (name: string, change: Partial<Model> = {}) => {
  const model: Model = {
    name,
    ownerAccountId: 'acc_acme',
    summary: 's',
    description: undefined,
    task: 't',
    license: 'MIT',
    tags: [],
    visibility: 'public',
    price: { perCallMicros: '1', perRowMicros: '0', version: 1 },
    latestVersion: undefined,
    publishedCount: 0,
    revision: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
    ...change,
  };
  await registry.models.create({ model, idempotency: undefined, act: { by: PLATFORM }, nowMs });
  return model;
};

const putVersions = async (model: string, versions: readonly string[], change: Partial<Version> = {}) => {
  for (const version of versions) {
    await registry.versions.create({
      version: {
        model,
        version,
        ownerAccountId: 'acc_acme',
        state: 'published',
        files: [{ path: 'model.onnx', sizeBytes: 3, sha256: 'a'.repeat(64) }],
        batchInput: undefined,
        uploads: [{ kind: 'form', key: 'k' }],
        pinnedVersionIds: ['v'],
        validated,
        rejection: undefined,
        revision: 1,
        createdAtMs: 1,
        updatedAtMs: 1,
        publishedAtMs: 1,
        ...change,
      },
      idempotency: undefined,
      act: { by: PLATFORM },
      nowMs,
    });
  }
};

const resolve = (reference?: string, accountId?: string, model = 'acme.iris', caller?: string) =>
  models.resolve({ model, reference, accountId, caller });
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'resolved',
    ({ code }) => code,
  );

describe('resolving a model', () => {
  beforeEach(async () => {
    await putModel('acme.iris', { latestVersion: '1.10.0', publishedCount: 4 });
    await putVersions('acme.iris', ['1.0.0', '1.9.0', '1.10.0', '2.0.0-rc.1']);
    await putVersions('acme.iris', ['3.0.0'], { state: 'validated', publishedAtMs: undefined });
  });

  it.each([
    { reference: undefined, version: '1.10.0' },
    { reference: 'latest', version: '1.10.0' },
    { reference: '1.9.0', version: '1.9.0' },
    { reference: '^1', version: '1.10.0' },
    { reference: '~1.9', version: '1.9.0' },
    { reference: '<1.10', version: '1.9.0' },
    { reference: '>=2.0.0-rc.0', version: '2.0.0-rc.1' },
  ])('takes $reference for $version', async ({ reference, version }) => {
    expect(await resolve(reference)).toMatchObject({ version, ownerAccountId: 'acc_acme', lane: 'run-2gib' });
  });

  it.each(['3.0.0', '^3', '9.9.9', 'stable', 'x'.repeat(200), '^^', '', '../1'])(
    'finds no published version for %j',
    async (reference) => expect(await codeOf(resolve(reference))).toBe('version_not_found'),
  );

  it('knows a private model to its owner alone', async () => {
    await putModel('acme.secret', { visibility: 'private', latestVersion: '1.0.0', publishedCount: 1 });
    await putVersions('acme.secret', ['1.0.0']);
    expect(await codeOf(resolve(undefined, 'acc_acme', 'acme.secret'))).toBe('resolved');
    expect(await codeOf(resolve(undefined, 'acc_other', 'acme.secret'))).toBe('model_not_found');
    expect(await codeOf(resolve(undefined, undefined, 'acme.secret'))).toBe('model_not_found');
    expect(await codeOf(models.versions({ model: 'acme.secret', accountId: 'acc_other' }))).toBe('model_not_found');
  });

  it('tells the owner that a model is not ready, and others nothing', async () => {
    await putModel('acme.empty');
    expect(await codeOf(resolve(undefined, 'acc_acme', 'acme.empty'))).toBe('model_not_ready');
    expect(await codeOf(resolve(undefined, 'acc_other', 'acme.empty'))).toBe('model_not_found');
    expect(await codeOf(resolve(undefined, undefined, 'no model at all'))).toBe('model_not_found');
  });
});

it('says that a model whose versions are all retired answers no more, instead of knowing none', async () => {
  await putModel('acme.iris', { latestVersion: undefined, publishedCount: 0, retiredCount: 1 });
  await expect(resolve()).rejects.toMatchObject({
    code: 'model_not_ready',
    message: expect.stringContaining('retired'),
  });
  expect(await codeOf(resolve('1.0.0'))).toBe('version_not_found');
});

describe('what was found', () => {
  beforeEach(async () => {
    await putModel('acme.iris', { latestVersion: '1.0.0', publishedCount: 1 });
    await putVersions('acme.iris', ['1.0.0']);
  });

  it('is told again for five seconds, by one read for all who ask at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => resolve()));
    expect(registry.readCount).toBe(2);
    nowMs += 4_999;
    await resolve();
    expect(registry.readCount).toBe(2);
    nowMs += 1;
    await resolve();
    expect(registry.readCount).toBe(4);
  });

  it('lets a change of price count within five seconds', async () => {
    const before = await resolve();
    const found = await registry.models.find('acme.iris');
    if (!found) throw new Error('the model must be there');
    await registry.models.change(
      { ...found, price: { ...found.price, perCallMicros: '9', version: 2 }, revision: 2 },
      { changed: ['price'], act: { by: PLATFORM } },
    );
    expect((await resolve()).price).toEqual(before.price);
    nowMs += 5_000;
    expect((await resolve()).price.version).toBe(2);
  });

  it('is there the moment it is published, however often it was asked for before', async () => {
    expect(await codeOf(resolve('1.1.0'))).toBe('version_not_found');
    await putVersions('acme.iris', ['1.1.0']);
    expect(await codeOf(resolve('1.1.0'))).toBe('resolved');
  });
});

it('holds few versions at a time, for each may carry a long signature', async () => {
  const versions = Array.from({ length: 201 }, (_, minor) => `1.${minor}.0`);
  await putModel('acme.iris', { latestVersion: '1.0.0', publishedCount: 201 });
  await putVersions('acme.iris', versions);
  for (const version of versions) await resolve(version);
  const before = registry.readCount;
  await resolve('1.200.0');
  expect(registry.readCount).toBe(before);
  await resolve('1.0.0');
  expect(registry.readCount).toBe(before + 1);
});

describe('an alias of several versions', () => {
  const split = [
    { version: '1.0.0', weight: 50 },
    { version: '1.1.0', weight: 50 },
  ];
  const put = async (alias: string, targets: AliasTarget[], before?: Alias) => {
    const model = await registry.models.find('acme.iris');
    if (!model) throw new Error('the model must be there');
    const wish = { targets, pinned: true, protectedRoles: undefined };
    const next = changeAlias(before, { model: 'acme.iris', alias }, wish, nowMs);
    const owner = alias === 'latest' ? withLatest(model, next, nowMs) : model;
    const change = { type: 'AliasMoved.v1', how: 'set', before, act: { by: PLATFORM }, nowMs } as const;
    expect(await registry.aliases.save(next, owner, change)).toBe('saved');
    return next;
  };
  const callers = Array.from({ length: 40 }, (_, index) => `acc_${index}`);
  const sides = (alias?: string, accounts = callers) =>
    Promise.all(accounts.map(async (account) => (await resolve(alias, account)).version));
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

  beforeEach(async () => {
    await putModel('acme.iris', { latestVersion: '1.1.0', publishedCount: 2 });
    await putVersions('acme.iris', ['1.0.0', '1.1.0']);
  });

  it.each(['stable', 'latest'])('shares callers out and keeps each where it is (%s)', async (alias) => {
    await put(alias, split);
    const first = await sides(alias);
    expect(new Set(first)).toEqual(new Set(['1.0.0', '1.1.0']));
    nowMs += 60_000;
    expect(await sides(alias)).toEqual(first);
  });

  it('is what a call without a version means, when it is latest', async () => {
    await put('latest', split);
    expect(await sides(undefined)).toEqual(await sides('latest'));
  });

  it('shares callers out anew once its targets change', async () => {
    const before = await put('stable', split);
    const first = await sides('stable');
    await put(
      'stable',
      [
        { version: '1.0.0', weight: 49 },
        { version: '1.1.0', weight: 51 },
      ],
      before,
    );
    nowMs += 5_000;
    expect(await sides('stable')).not.toEqual(first);
  });

  it('tells the users of one account apart where they are named', async () => {
    await put('stable', split);
    const users = callers.map((user) => `acc_one ${user}`);
    const found = await Promise.all(
      users.map(async (user) => (await resolve('stable', 'acc_one', 'acme.iris', user)).version),
    );
    expect(new Set(found)).toEqual(new Set(['1.0.0', '1.1.0']));
    expect(new Set(await sides('stable', Array(40).fill('acc_one'))).size).toBe(1);
  });

  it('reads an alias once in five seconds', async () => {
    await put('stable', split);
    const find = vi.spyOn(registry.aliases, 'find');
    await sides('stable');
    await sides('stable');
    expect(find).toHaveBeenCalledTimes(1);
  });

  it.each([
    { why: 'is quarantined', fall: quarantine },
    { why: 'retires', fall: async (version: string) => registry.settleAs('acme.iris', version, { state: 'retired' }) },
  ])('hands the callers of a version that $why over to the other, and moves nobody else', async ({ fall }) => {
    await put('stable', split);
    await fall('1.1.0');
    expect(new Set(await sides('stable'))).toEqual(new Set(['1.0.0']));
  });

  it('is refused when none of its versions can be called', async () => {
    await put('stable', split);
    await quarantine('1.1.0');
    registry.settleAs('acme.iris', '1.0.0', { state: 'retired' });
    expect(await codeOf(resolve('stable', 'acc_a'))).toBe('alias_without_target');
  });

  it('gives nobody to a version of weight 0, not even when the others fall out', async () => {
    await put('stable', [
      { version: '1.0.0', weight: 0 },
      { version: '1.1.0', weight: 3 },
    ]);
    expect(new Set(await sides('stable'))).toEqual(new Set(['1.1.0']));
    await quarantine('1.1.0');
    nowMs += 5_000;
    expect(await codeOf(resolve('stable', 'acc_a'))).toBe('version_quarantined');
  });
});

describe('the list of callable models', () => {
  it('holds public ones and one’s own, page by page, without those that have no latest', async () => {
    await putModel('acme.ma', { latestVersion: '1.0.0', publishedCount: 1 });
    await putModel('acme.mb', { latestVersion: '1.0.0', publishedCount: 1, visibility: 'private' });
    await putModel('acme.mc', { publishedCount: 1 });
    await putModel('acme.md');
    await putModel('zoo.me', { latestVersion: '2.0.0', publishedCount: 1, ownerAccountId: 'acc_zoo' });
    const walk = async (accountId: string | undefined) => {
      const names: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await models.list({ accountId, viewerOf: () => accountId, limit: 1, cursor });
        names.push(...page.models.map(({ model, version }) => `${model} ${version}`));
        if (page.next === null) return names;
        cursor = page.next;
      }
    };
    expect(await walk(undefined)).toEqual(['acme.ma 1.0.0', 'zoo.me 2.0.0']);
    expect(await walk('acc_acme')).toEqual(['acme.ma 1.0.0', 'acme.mb 1.0.0', 'zoo.me 2.0.0']);
    expect(
      await codeOf(models.list({ accountId: undefined, viewerOf: () => undefined, limit: 1, cursor: 'nonsense' })),
    ).toBe('invalid_cursor');
  });
});

describe('the list of models that are not open to all', () => {
  const OTHER = 'acc_globex';
  const told = async (accountId: string | undefined) => {
    const page = await models.list({ accountId, viewerOf: () => accountId, limit: 50, cursor: undefined });
    return Object.fromEntries(page.models.map(({ model, ready, reason }) => [model, ready || reason]));
  };
  const letIn = (model: string, change: Partial<Access>) =>
    registry.access.write({
      access: nextAccess(undefined, { model, accountId: OTHER, handle: undefined }, change, nowMs),
      owner: 'acc_acme',
      nowMs,
    });
  const subscription: Subscription = {
    subscriptionId: 'sub_1',
    accountId: OTHER,
    model: 'acme.gone',
    offerId: 'off_1',
    kind: 'perCall',
    offerVersion: 1,
    startedBy: 'usr_1',
    startedAtMs: 0,
    endsAtMs: 2_000_000,
    updatedAtMs: 0,
  };

  it('says of each whether the account may call it, or why not, and holds what it was let in to', async () => {
    const published = { latestVersion: '1.0.0', publishedCount: 1 };
    await putModel('acme.free', published);
    await putModel('acme.gated', { ...published, visibility: 'gated' });
    await putModel('acme.open', { ...published, visibility: 'gated' });
    await putModel('acme.paid', { ...published, requiresSubscription: true });
    await putModel('acme.secret', { ...published, visibility: 'private' });
    await putModel('acme.shared', { ...published, visibility: 'private' });
    await putModel('acme.gone', { ...published, hasOffers: true, withdrawal: { atMs: 1, reason: 'over' } });
    await letIn('acme.open', { grant: { state: 'approved', via: 'request' } });
    await letIn('acme.shared', { grant: { state: 'approved', via: 'share' } });
    await letIn('acme.secret', { grant: { state: 'revoked', via: 'share' } });
    await letIn('acme.gone', { subscription });
    expect(await told(OTHER)).toEqual({
      'acme.free': true,
      'acme.gated': expect.stringMatching(/is gated: ask its publisher/),
      'acme.gone': true,
      'acme.open': true,
      'acme.paid': expect.stringMatching(/needs a subscription/),
      'acme.shared': true,
    });
    expect(Object.keys(await told('acc_initech'))).toEqual(['acme.free', 'acme.gated', 'acme.open', 'acme.paid']);
    expect(await told(undefined)).toMatchObject({ 'acme.free': true, 'acme.gated': expect.stringMatching(/sign in/) });
    nowMs = 3_000_000;
    expect(Object.keys(await told(OTHER))).not.toContain('acme.gone');
  });

  it('tells a key that is bound to other models of nothing that was shared', async () => {
    const published = { latestVersion: '1.0.0', publishedCount: 1 };
    await putModel('acme.shared', { ...published, visibility: 'private' });
    await letIn('acme.shared', { grant: { state: 'approved', via: 'share' } });
    const page = await models.list({ accountId: OTHER, viewerOf: () => undefined, limit: 50, cursor: undefined });
    expect(page.models).toEqual([]);
  });
});

describe('the list for a caller who looks at one model as its owner and at the rest as a stranger', () => {
  it('holds public ones and that one', async () => {
    for (const name of ['acme.open', 'acme.mine', 'acme.other']) {
      const visibility = name === 'acme.open' ? 'public' : 'private';
      await putModel(name, { latestVersion: '1.0.0', publishedCount: 1, visibility });
    }
    const viewerOf = (model: string) => (model === 'acme.mine' ? 'acc_acme' : undefined);
    const page = await models.list({ accountId: 'acc_acme', viewerOf, limit: 10, cursor: undefined });
    expect(page.models.map(({ model }) => model)).toEqual(['acme.mine', 'acme.open']);
  });
});

describe('a reference', () => {
  it.each([
    { text: '1.0.0', kind: 'version' },
    { text: 'latest', kind: 'alias' },
    { text: 'x', kind: 'alias' },
    { text: '*', kind: 'range' },
    { text: '^1.2 || >=3', kind: 'range' },
    { text: 'Latest', kind: undefined },
    { text: '1.0.0+build', kind: 'range' },
  ])('$text is read as $kind', ({ text, kind }) => {
    expect(readReference(text)?.kind).toBe(kind);
  });
});

describe('alias latest at the end of a notice', () => {
  const ending = (sunsetAtMs: number): Partial<Version> => ({
    state: 'deprecated',
    deprecation: { sinceMs: 1, sunsetAtMs, successor: undefined, reason: 'r' },
  });
  beforeEach(() => putModel('acme.iris', { latestVersion: '2.0.0', publishedCount: 5 }));

  it('leads on in that moment to the highest that stays, as the clock will have it', async () => {
    await putVersions('acme.iris', ['2.0.0'], ending(1_060_000));
    await putVersions('acme.iris', ['1.9.0', '3.0.0-rc.1']);
    await putVersions('acme.iris', ['1.10.0'], ending(2_000_000));
    nowMs = 1_059_999;
    expect(await resolve()).toMatchObject({ version: '2.0.0' });
    nowMs = 1_060_000;
    expect(await resolve()).toMatchObject({ version: '1.9.0' });
    expect(await resolve('latest')).toMatchObject({ version: '1.9.0' });
    expect(await codeOf(resolve('2.0.0'))).toBe('version_retired');
  });

  it('leads to one that is to go as well where none stays, and is refused once that has gone', async () => {
    await putVersions('acme.iris', ['2.0.0'], ending(1_060_000));
    await putVersions('acme.iris', ['1.10.0'], ending(1_062_000));
    nowMs = 1_061_999;
    expect(await resolve()).toMatchObject({ version: '1.10.0' });
    nowMs = 1_062_000;
    expect(await codeOf(resolve())).toBe('version_retired');
  });

  it('passes over what is quarantined', async () => {
    await putVersions('acme.iris', ['2.0.0'], ending(1_060_000));
    await putVersions('acme.iris', ['1.9.0', '1.10.0']);
    const fared = { model: 'acme.iris', version: '1.10.0', ownerAccountId: 'acc_acme', failures: [], releaseCount: 0 };
    await registry.health.fail({ ...fared, quarantinedAtMs: 1, revision: 1 }, 1);
    nowMs = 1_060_000;
    expect(await resolve()).toMatchObject({ version: '1.9.0' });
  });

  it('is refused by a quarantine as before, which takes nobody to another version', async () => {
    await putVersions('acme.iris', ['2.0.0', '1.9.0']);
    const fared = { model: 'acme.iris', version: '2.0.0', ownerAccountId: 'acc_acme', failures: [], releaseCount: 0 };
    await registry.health.fail({ ...fared, quarantinedAtMs: 1, revision: 1 }, 1);
    expect(await codeOf(resolve())).toBe('version_quarantined');
  });
});
