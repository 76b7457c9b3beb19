// Keeping the index: whatever order events come in, however often, and whoever dies between, it tells the truth.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeHead,
  encodeHead,
  type IndexHead,
  namesOf,
} from '../../../../lambdas/registry/domain/search/index-head.ts';
import { searchSegments } from '../../../../lambdas/registry/domain/search/search-segments.ts';
import type { Segment } from '../../../../lambdas/registry/domain/search/segment.ts';
import { decodeSegment, encodeSegment } from '../../../../lambdas/registry/domain/search/segment-bytes.ts';
import type { SearchIndexStore } from '../../../../lambdas/registry/ports/search.ts';
import type { Model } from '../../../../lambdas/registry/ports.ts';
import { consumeModelEvents } from '../../../../lambdas/registry/routes/consume-model-events.ts';
import { indexModels } from '../../../../lambdas/registry/routes/index-models.ts';
import { mergeIndex, rebuildIndex } from '../../../../lambdas/registry/routes/merge-index.ts';
import { searchIndex } from '../../../../lambdas/registry/search-index.ts';
import { directoryOf } from '../../../support/model-directory.ts';

const modelOf = (name: string, summary: string, visibility: Model['visibility'] = 'public'): Model => ({
  name,
  ownerAccountId: 'acc_acme',
  summary,
  description: undefined,
  task: 'tabular-classification',
  license: 'MIT',
  tags: [],
  visibility,
  price: { perCallMicros: '0', perRowMicros: '0', version: 1 },
  latestVersion: '1.0.0',
  publishedCount: 1,
  revision: 1,
  createdAtMs: 0,
  updatedAtMs: 0,
});

/** Objects and a head, with S3's conditions; `between` runs before the next write of the head, once. */
const memoryIndex = () => {
  const bases = new Map<string, Uint8Array>();
  let stored: { bytes: Uint8Array; etag: string } | undefined;
  let count = 0;
  const place = { between: undefined as (() => Promise<unknown>) | undefined, lose: () => (stored = undefined) };
  const store: SearchIndexStore = {
    readHead: async (etag) => {
      if (!stored) return { outcome: 'none' };
      if (stored.etag === etag) return { outcome: 'same' };
      const head = decodeHead(
        Uint8Array.from(stored.bytes),
        (text) => text as IndexHead & { removed: [string, number][] } as never,
      );
      return { outcome: 'read', head, etag: stored.etag };
    },
    readBase: async ({ key }) => {
      const bytes = bases.get(key);
      if (!bytes) throw new Error(`no segment ${key}`);
      return decodeSegment(Uint8Array.from(bytes));
    },
    writeBase: async (segment: Segment) => {
      const key = `segments/${++count}`;
      bases.set(key, encodeSegment(segment));
      return { key, sha256: key, sizeBytes: 1 };
    },
    writeHead: async (head, etag) => {
      const { between } = place;
      place.between = undefined;
      await between?.();
      if (stored?.etag !== etag) return false;
      stored = { bytes: encodeHead(head), etag: `"${++count}"` };
      return true;
    },
  };
  return { place, store };
};

const makeRegistry = () => {
  const models = new Map<string, Model>();
  const { place, store } = memoryIndex();
  let nowMs = 1_000_000;
  const clock = () => nowMs;
  /** Runs once, when a walk has read everything. */
  const meanwhile = { run: undefined as (() => Promise<unknown>) | undefined };
  const walk = async function* () {
    for (const model of [...models.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (model.visibility === 'public') yield model;
    }
    const { run } = meanwhile;
    meanwhile.run = undefined;
    await run?.();
  };
  const directory = directoryOf({
    models: { find: async (name) => models.get(name), walk },
    versions: { find: async () => undefined },
  });
  const merge = mergeIndex({ index: store, clock });
  const rebuild = rebuildIndex({ index: store, models: { walk }, directory, clock });
  const index = indexModels({
    index: store,
    directory,
    clock,
    rebuild: async () => void (await rebuild()),
    merge: async () => void (await merge()),
    wait: async () => {},
  });
  const current = searchIndex(store, clock);
  /** What is told: names with their summaries' words. */
  const told = async () => {
    nowMs += 2_000;
    const parts = (await current()) ?? [];
    const nothing = { task: [], license: [], publisher: [], visibility: [], tag: [], tensors: [], words: undefined };
    const limits = { maxPriceMicros: undefined, maxLatencyMs: undefined, minRating: undefined, after: undefined };
    const find = (word?: string) =>
      searchSegments(parts, {
        ...nothing,
        ...limits,
        sort: 'name',
        facets: [],
        limit: 100,
        words: word === undefined ? undefined : [{ word, asPrefix: false, tolerant: false }],
      }).hits.map(({ name }) => name);
    return Object.fromEntries(
      find().map((name) => [name, ['red', 'blue'].filter((word) => find(word).includes(name))]),
    );
  };
  const truth = () =>
    Object.fromEntries(
      [...models.values()]
        .filter(({ visibility }) => visibility === 'public')
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, summary }) => [name, [summary]]),
    );
  return { models, place, meanwhile, store, merge, rebuild, index, told, truth, pass: (ms: number) => (nowMs += ms) };
};

describe('the index', () => {
  const name = fc.constantFrom('acme.aa', 'acme.bb', 'acme.cc', 'zoo.aa');
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('set' as const), name, summary: fc.constantFrom('red', 'blue') }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('hide' as const, 'delete' as const), name }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('deliver' as const), at: fc.nat({ max: 20 }), again: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('merge' as const, 'rebuild' as const, 'lose' as const) }) },
  );

  it('tells the truth once all events came: late, twice and in any order, over merges and losses', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const registry = makeRegistry();
        const waiting: string[] = [];
        for (const one of steps) {
          registry.pass(1);
          if (one.do === 'set') registry.models.set(one.name, modelOf(one.name, one.summary));
          if (one.do === 'hide') registry.models.set(one.name, modelOf(one.name, 'red', 'private'));
          if (one.do === 'delete') registry.models.delete(one.name);
          if ('name' in one) waiting.push(one.name);
          if (one.do === 'deliver' && waiting.length > 0) {
            const at = one.at % waiting.length;
            await registry.index([waiting[at] ?? '']);
            if (!one.again) waiting.splice(at, 1);
          }
          if (one.do === 'merge') await registry.merge();
          if (one.do === 'rebuild') await registry.rebuild();
          if (one.do === 'lose') registry.place.lose();
        }
        await registry.index(['acme.none', ...waiting]);
        expect(await registry.told()).toEqual(registry.truth());
      }),
      { numRuns: 300 },
    );
  });

  it('keeps a change that comes while the large segment is written', async () => {
    const registry = makeRegistry();
    registry.models.set('acme.aa', modelOf('acme.aa', 'red'));
    await registry.rebuild();
    registry.models.set('acme.bb', modelOf('acme.bb', 'red'));
    await registry.index(['acme.bb']);
    registry.place.between = async () => {
      registry.models.set('acme.bb', modelOf('acme.bb', 'blue'));
      registry.models.set('acme.cc', modelOf('acme.cc', 'blue'));
      await registry.index(['acme.bb', 'acme.cc']);
    };
    expect(await registry.merge()).toBe(true);
    expect(await registry.told()).toEqual({ 'acme.aa': ['red'], 'acme.bb': ['blue'], 'acme.cc': ['blue'] });
    const read = await registry.store.readHead();
    expect(read.outcome === 'read' && [...namesOf(read.head.delta)]).toEqual(['acme.bb', 'acme.cc']);
  });

  it('writes what was read last when two writers meet', async () => {
    const registry = makeRegistry();
    registry.models.set('acme.aa', modelOf('acme.aa', 'red'));
    await registry.rebuild();
    registry.place.between = async () => {
      registry.models.set('acme.aa', modelOf('acme.aa', 'blue'));
      await registry.index(['acme.aa']);
    };
    expect(await registry.index(['acme.aa'])).toBe('written');
    expect(await registry.told()).toEqual({ 'acme.aa': ['blue'] });
  });
});

describe('making the index anew', () => {
  const DAY_MS = 24 * 3_600_000;
  const begun = async () => {
    const registry = makeRegistry();
    registry.models.set('acme.aa', modelOf('acme.aa', 'red'));
    await registry.rebuild();
    registry.pass(DAY_MS);
    return registry;
  };
  const publish = async (registry: Awaited<ReturnType<typeof begun>>) => {
    registry.models.set('acme.bb', modelOf('acme.bb', 'blue'));
    await registry.index(['acme.bb']);
  };

  it('keeps what is published meanwhile, also when it would be merged', async () => {
    const registry = await begun();
    let merged: boolean | undefined;
    registry.meanwhile.run = async () => {
      await publish(registry);
      merged = await registry.merge();
      expect(await registry.told()).toEqual(registry.truth());
    };
    expect(await registry.rebuild()).toBe(true);
    expect([merged, await registry.told()]).toEqual([false, registry.truth()]);
    expect(await registry.merge()).toBe(true);
    expect(await registry.told()).toEqual({ 'acme.aa': ['red'], 'acme.bb': ['blue'] });
  });

  it('takes no place of what was merged after its time was up', async () => {
    const registry = await begun();
    registry.meanwhile.run = async () => {
      await publish(registry);
      registry.pass(21 * 60_000);
      expect(await registry.merge()).toBe(true);
    };
    expect(await registry.rebuild()).toBe(false);
    expect(await registry.told()).toEqual(registry.truth());
  });

  it('is left to whoever began it', async () => {
    const registry = await begun();
    let second: boolean | undefined;
    registry.meanwhile.run = async () => {
      second = await registry.rebuild();
    };
    expect([await registry.rebuild(), second]).toEqual([true, false]);
  });

  it('for the first time loses nothing when two do it at once', async () => {
    const registry = makeRegistry();
    registry.models.set('acme.aa', modelOf('acme.aa', 'red'));
    registry.meanwhile.run = () => publish(registry);
    expect(await registry.rebuild()).toBe(false);
    expect(await registry.told()).toEqual(registry.truth());
    registry.place.lose();
    registry.models.set('acme.cc', modelOf('acme.cc', 'red'));
    // The walk of who is told of it has not seen it: another's is there first.
    registry.meanwhile.run = async () => {
      registry.models.delete('acme.cc');
      await registry.rebuild();
      registry.models.set('acme.cc', modelOf('acme.cc', 'red'));
    };
    expect(await registry.index(['acme.cc'])).toBe('rebuilt');
    expect(await registry.told()).toEqual(registry.truth());
  });
});

describe('the queue of events', () => {
  const record = (messageId: string, subject: string, source = 'aimass.registry') => ({
    messageId,
    body: JSON.stringify({ source, detail: { at: '2026-11-30T00:00:00.000Z', subject } }),
  });

  it('brings a batch in at once, each model once, and gives back what it cannot read', async () => {
    const seen: (readonly string[])[] = [];
    const faults: string[] = [];
    const consume = consumeModelEvents({
      index: async (names) => {
        seen.push(names);
        return 'written';
      },
      onFault: (messageId) => faults.push(messageId),
      onDone: () => {},
      clock: () => 0,
    });
    const Records = [record('1', 'acme.aa'), record('2', 'acme.aa'), record('3', 'inv_1'), record('4', 'x', 'other')];
    expect(await consume({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: '4' }] });
    expect([seen, faults]).toEqual([[['acme.aa']], ['4']]);
  });
});
