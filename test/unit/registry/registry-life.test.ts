// Whatever publishers do in whatever order: versions follow their one way, `latest` is right, others see what is theirs to see.
import fc from 'fast-check';
import { prerelease, rsort } from 'semver';
import { describe, expect, it } from 'vitest';
import type { VersionState } from '../../../lambdas/registry/contract.ts';
import { newModel, registryApi } from '../../support/registry-api.ts';
import { memoryRegistry, validated } from './memory-registry.ts';

const MODEL = 'acme.iris';
const names = ['1.0.0', '1.10.0', '1.9.0', '2.0.0-rc.1', '2.0.0'];
const sha256 = 'c'.repeat(64);

const command = fc.record({
  what: fc.constantFrom('create', 'upload', 'complete', 'pass', 'fail', 'publish', 'hide', 'show', 'intrude'),
  version: fc.constantFrom(...names),
});

/** What is to be, told as plainly as can be. */
interface Twin {
  readonly states: Map<string, VersionState>;
  readonly uploaded: Set<string>;
  hidden: boolean;
}

const expectedStatus: Record<string, (state: VersionState | undefined, uploaded: boolean) => number> = {
  // A draft announced again with the same file is the same draft.
  create: (state) => (state === undefined || state === 'draft' ? 201 : 409),
  complete: (state, uploaded) => {
    if (!state) return 404;
    if (state === 'scanning') return 202;
    return state === 'draft' && uploaded ? 202 : 409;
  },
  publish: (state) => {
    if (!state) return 404;
    return state === 'validated' || state === 'published' ? 200 : 409;
  },
};

const live = async (commands: readonly { what: string; version: string }[]) => {
  const registry = memoryRegistry();
  const call = registryApi(registry);
  const twin: Twin = { states: new Map(), uploaded: new Set(), hidden: false };
  await call('POST', '/v1/models', { who: 'acme', body: newModel(MODEL) });
  for (const { what, version } of commands) {
    const state = twin.states.get(version);
    const path = `/v1/models/${MODEL}/versions`;
    const uploaded = twin.uploaded.has(version);
    const expected = expectedStatus[what]?.(state, uploaded);
    if (what === 'create') {
      const body = { version, files: [{ path: 'model.onnx', sizeBytes: 3, sha256 }] };
      expect((await call('POST', path, { who: 'acme', body })).status).toBe(expected);
      if (!state) twin.states.set(version, 'draft');
    } else if (what === 'upload' && state === 'draft') {
      const found = await registry.versions.find(MODEL, version);
      registry.objects.set(found?.uploads[0]?.key ?? '', { sizeBytes: 3, sha256 });
      twin.uploaded.add(version);
    } else if (what === 'complete' || what === 'publish') {
      expect((await call('POST', `${path}/${version}/${what}`, { who: 'acme' })).status).toBe(expected);
      if (what === 'complete' && expected === 202) twin.states.set(version, 'scanning');
      if (what === 'publish' && expected === 200) twin.states.set(version, 'published');
    } else if ((what === 'pass' || what === 'fail') && state === 'scanning') {
      const to = what === 'pass' ? 'validated' : 'rejected';
      registry.settleAs(MODEL, version, what === 'pass' ? { state: to, validated } : { state: to });
      twin.states.set(version, to);
    } else if (what === 'hide' || what === 'show') {
      const visibility = what === 'hide' ? 'private' : 'public';
      await call('PATCH', `/v1/models/${MODEL}`, { who: 'acme', body: { visibility } });
      twin.hidden = what === 'hide';
    } else if (what === 'intrude') {
      const before = JSON.stringify(await registry.versions.find(MODEL, version));
      expect((await call('POST', `${path}/${version}/publish`, { who: 'zoo' })).status).toBeGreaterThanOrEqual(403);
      expect(JSON.stringify(await registry.versions.find(MODEL, version))).toBe(before);
    }
  }
  return { registry, call, twin };
};

describe('the life of a model', () => {
  it('is the same for any sequence of commands as its plain twin’s', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const { registry, call, twin } = await live(commands);
        const published = rsort([...twin.states].filter(([, state]) => state === 'published').map(([name]) => name));
        const latest = published.find((name) => prerelease(name) === null);

        const own = await call('GET', `/v1/models/${MODEL}`, { who: 'acme' });
        expect(own.body.latestVersion).toBe(latest ?? null);
        const alias = await registry.aliases.find(MODEL, 'latest');
        expect(alias?.version).toBe(latest);
        for (const [name, state] of twin.states) {
          expect((await call('GET', `/v1/models/${MODEL}/versions/${name}`, { who: 'acme' })).body.state).toBe(state);
        }

        const seen = await call('GET', `/v1/models/${MODEL}/versions`, { who: 'zoo' });
        if (twin.hidden || published.length === 0) expect(seen.status).toBe(404);
        else expect(seen.body.items.map(({ version }: { version: string }) => version)).toEqual(published);
        const told = registry.events.filter((event) => event.startsWith('ModelPublished'));
        expect(told.length).toBe(published.length);
      }),
      { numRuns: 60 },
    );
  });
});
