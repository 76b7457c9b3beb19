// Lives of a model, ten thousand commands long together, whatever its publisher and the clock do in whatever order, beside a plain model of them:
// no state but by its one way, no artifact lost that anybody needs, nothing changed without its event and its entry.
import fc from 'fast-check';
import { afterEach, expect, it, vi } from 'vitest';
import type { VersionState } from '../../../lambdas/registry/contract.ts';
import { addMonths } from '../../../lambdas/registry/domain/subscription-period.ts';
import { PLATFORM } from '../../../lambdas/registry/ports/act.ts';
import { endLives } from '../../../lambdas/registry/routes/end-lives.ts';
import { windDown } from '../../../lambdas/registry/routes/wind-down.ts';
import { newModel, registryApi } from '../../support/registry-api.ts';
import { memoryObjects } from './memory-life.ts';
import { memoryRegistry, validated } from './memory-registry.ts';

const MODEL = 'acme.iris';
const DAY_MS = 86_400_000;
const GRACE_MS = DAY_MS;
/** Two versions are made of the same bytes. */
const bytesOf: Readonly<Record<string, string>> = { '1.0.0': 'a', '1.1.0': 'b', '2.0.0': 'a' };
const names = Object.keys(bytesOf);
const keyOf = (version: string) => `sha256/${bytesOf[version]?.repeat(64)}`;

const command = fc.record({
  what: fc.constantFrom(
    ...[
      'create',
      'create',
      'scan',
      'scan',
      'fail',
      'fail',
      'publish',
      'publish',
      'deprecate',
      'hasten',
      'undeprecate',
      'retire',
    ],
    ...['hide', 'show', 'wait', 'wait', 'wait', 'run', 'run', 'run', 'delete', 'subscribe'],
    ...['retire', 'hide', 'cancel'],
  ),
  version: fc.constantFrom(...names),
});
const steps = (version: string, whats: readonly string[]) => whats.map((what) => ({ what, version }));
/** Most lives begin with a version or more on its way, some of them near an end, or hardly one would come to it. */
const prefix = fc.constantFrom(
  steps('1.1.0', ['create', 'fail']),
  steps('1.0.0', ['create', 'scan', 'publish', 'hide', 'retire', 'wait']),
  ...[0, 1, 2, 3].map((count) =>
    names.slice(0, count).flatMap((version) => steps(version, ['create', 'scan', 'publish'])),
  ),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

interface Twin {
  state: VersionState | undefined;
  sunsetAtMs: number;
  retiredAtMs: number;
  purged: boolean;
}

class World {
  readonly registry = memoryRegistry();
  readonly objects = memoryObjects();
  readonly call = registryApi(this.registry);
  /** Every state that a version has been in, once. */
  readonly been = new Map<string, string>();
  readonly twins = new Map<string, Twin>(
    names.map((name) => [name, { state: undefined, sunsetAtMs: 0, retiredAtMs: 0, purged: false }]),
  );
  nowMs = 1_800_000_000_000;
  hidden = false;
  deleted = false;
  offerId = '';
  /** Of the one subscriber, whose periods are months from then; undefined: there was none yet. */
  subscribedMs: number | undefined;
  subscriptionId = '';
  subscriptionEndsMs = Number.POSITIVE_INFINITY;
  checkCount = 0;

  twin(version: string): Twin {
    const found = this.twins.get(version);
    if (!found) throw new Error(`no twin of ${version}`);
    return found;
  }

  async post(version: string, what: string, body?: object) {
    const { status } = await this.call('POST', `/v1/models/${MODEL}/versions/${version}/${what}`, {
      who: 'acme',
      body,
    });
    return status;
  }

  /** The scan as it goes on success: what is kept is held first. */
  async settle(version: string, passes: boolean) {
    const found = await this.registry.versions.find(MODEL, version);
    if (!found) throw new Error('only what is there is scanned');
    const scanning = { ...found, state: 'scanning' as const, revision: found.revision + 1, updatedAtMs: this.nowMs };
    await this.registry.versions.complete(scanning, { by: PLATFORM });
    const next = { ...scanning, revision: scanning.revision + 1 };
    if (!passes) {
      const rejection = { rule: 'load_failed', message: 'it does not load' };
      return this.registry.versions.settle({ ...next, state: 'rejected', rejection });
    }
    const key = keyOf(version);
    expect(await this.objects.holds.hold(key, { model: MODEL, version })).toBe(true);
    this.objects.keep(key);
    const artifact = { key, sha256: key.slice(7), sizeBytes: 3 };
    return this.registry.versions.settle({ ...next, state: 'validated', validated: { ...validated, artifact } });
  }

  runJob() {
    return endLives({
      ...this.registry,
      ...this.objects,
      subscribers: { windDown: windDown(this.registry.access) },
      graceMs: GRACE_MS,
      newToken: () => `token-${this.checkCount}`,
      remainingMs: () => 900_000,
      onFault: (item, fault) => {
        throw new Error(`${item.kind} failed`, { cause: fault });
      },
      clock: () => this.nowMs,
    })();
  }
}

/** When the period ends that the subscriber is in; 0: none is. */
const heldUntilMs = ({ subscribedMs, subscriptionEndsMs, nowMs }: World): number => {
  if (subscribedMs === undefined || subscriptionEndsMs <= nowMs) return 0;
  let count = 1;
  while (addMonths(subscribedMs, count) <= nowMs) count++;
  return Math.min(subscriptionEndsMs, addMonths(subscribedMs, count));
};
const isNoticed = (world: World) => !world.hidden || heldUntilMs(world) > 0;
const isOpen = ({ state }: Twin) => state === 'published' || state === 'deprecated';
/** The subscriber is to have a version that goes on for all of the period: this one, or one of the same major number. */
const isHeld = (world: World, version: string): boolean => {
  const untilMs = heldUntilMs(world);
  const others = names.filter((name) => name !== version && name[0] === version[0]).map((name) => world.twin(name));
  const goesOn = (twin: Twin) => isOpen(twin) && (twin.state === 'published' || twin.sunsetAtMs >= untilMs);
  return untilMs > 0 && !others.some(goesOn);
};
const mayEndAt = (world: World, version: string, sunsetAtMs: number): boolean => {
  const { state, sunsetAtMs: promisedMs } = world.twin(version);
  if (state === 'deprecated' && sunsetAtMs >= promisedMs) return true;
  if (isHeld(world, version) && sunsetAtMs < heldUntilMs(world)) return false;
  return !isNoticed(world) || sunsetAtMs >= world.nowMs + 7 * DAY_MS;
};
const isOver = (world: World, { sunsetAtMs }: Twin) => sunsetAtMs <= world.nowMs;

/** What each command does to the plain model, and what the API is to answer. */
const play: Record<string, (world: World, version: string, twin: Twin) => Promise<void>> = {
  create: async (world, version, twin) => {
    const files = [{ path: 'model.onnx', sizeBytes: 3, sha256: 'c'.repeat(64) }];
    const body = { version, files };
    const { status } = await world.call('POST', `/v1/models/${MODEL}/versions`, { who: 'acme', body });
    const isNew = twin.state === undefined || twin.state === 'draft';
    expect(status).toBe(!world.deleted && isNew ? 201 : 409);
    if (status === 201) twin.state = 'draft';
  },
  scan: async (world, version, twin) => {
    if (twin.state !== 'draft' || world.deleted) return;
    await world.settle(version, true);
    twin.state = 'validated';
  },
  fail: async (world, version, twin) => {
    if (twin.state !== 'draft' || world.deleted) return;
    await world.settle(version, false);
    twin.state = 'rejected';
  },
  publish: async (world, version, twin) => {
    const isReady = twin.state === 'validated' || twin.state === 'published';
    const status = await world.post(version, 'publish');
    expect(status).toBe(refusal(world, twin) ?? (isReady ? 200 : 409));
    if (status === 200) twin.state = 'published';
  },
  deprecate: (world, version, twin) => deprecate(world, version, twin, 8),
  /** A date that is too near for others who call. */
  hasten: (world, version, twin) => deprecate(world, version, twin, 1),
  undeprecate: async (world, version, twin) => {
    const mayNow = isOpen(twin) && !(twin.state === 'deprecated' && isOver(world, twin));
    const status = await world.post(version, 'undeprecate');
    expect(status).toBe(refusal(world, twin) ?? (mayNow ? 200 : 409));
    if (status === 200) twin.state = 'published';
  },
  retire: async (world, version, twin) => {
    const status = await world.post(version, 'retire', { reason: 'enough of it' });
    const mayNow =
      twin.state === 'retired' ||
      twin.state === 'validated' ||
      (twin.state === 'published' && !isNoticed(world)) ||
      (twin.state === 'deprecated' && (!isNoticed(world) || isOver(world, twin)));
    expect(status).toBe(refusal(world, twin) ?? (mayNow ? 200 : 409));
    if (status === 200 && twin.state !== 'retired') Object.assign(twin, { state: 'retired', retiredAtMs: world.nowMs });
  },
  subscribe: async (world, version) => {
    // Not always, or hardly a version would come to its end.
    if (version !== '2.0.0') return;
    const body = { model: MODEL, offerId: world.offerId };
    const { status, body: made } = await world.call('POST', '/v1/subscriptions', { who: 'globex', body });
    if (status !== 201) return;
    world.subscriptionId = made.id;
    world.subscribedMs = world.nowMs;
    world.subscriptionEndsMs = Number.POSITIVE_INFINITY;
  },
  cancel: async (world) => {
    const untilMs = heldUntilMs(world);
    const path = `/v1/subscriptions/${world.subscriptionId}/cancel`;
    const { status } = await world.call('POST', path, { who: 'globex', body: {} });
    if (untilMs === 0) return;
    expect(status).toBe(200);
    world.subscriptionEndsMs = untilMs;
  },
  hide: (world) => show(world, 'private'),
  show: (world) => show(world, 'public'),
  wait: async (world) => {
    world.nowMs += 4 * DAY_MS;
  },
  run: async (world) => {
    await world.runJob();
    // A subscription to what was deleted ends with the period that it is in.
    const isPaidFor = heldUntilMs(world) > 0;
    if (world.deleted && isPaidFor) world.subscriptionEndsMs = heldUntilMs(world);
    // What is retired in a run is purged by one that comes after its grace.
    for (const twin of world.twins.values()) {
      if (twin.state === 'retired' && world.nowMs >= twin.retiredAtMs + GRACE_MS) twin.purged = true;
    }
    for (const twin of world.twins.values()) {
      const isEnded = world.deleted && (twin.state === 'validated' || (isOpen(twin) && !isPaidFor));
      if (!isEnded && !(twin.state === 'deprecated' && isOver(world, twin))) continue;
      Object.assign(twin, { state: 'retired', retiredAtMs: world.nowMs });
    }
  },
  delete: async (world, version) => {
    // Seldom, or hardly a life would be a long one.
    if (version !== '2.0.0') return;
    const query = `confirm=${MODEL}&reason=no%20more`;
    const { status } = await world.call('DELETE', `/v1/models/${MODEL}`, { who: 'acme', query });
    expect(status).toBe(202);
    world.deleted = true;
  },
};

const deprecate = async (world: World, version: string, twin: Twin, days: number) => {
  const sunsetAtMs = world.nowMs + days * DAY_MS;
  const may = mayEndAt(world, version, sunsetAtMs);
  const status = await world.post(version, 'deprecate', { sunsetAt: iso(sunsetAtMs), reason: 'a new one' });
  expect(status).toBe(refusal(world, twin) ?? (isOpen(twin) ? (may ? 200 : 422) : 409));
  if (status === 200) Object.assign(twin, { state: 'deprecated', sunsetAtMs });
};

const refusal = (world: World, twin: Twin): number | undefined => {
  if (world.deleted) return 409;
  return twin.state === undefined ? 404 : undefined;
};

const show = async (world: World, visibility: 'private' | 'public') => {
  const { status } = await world.call('PATCH', `/v1/models/${MODEL}`, { who: 'acme', body: { visibility } });
  const isTrap = [...world.twins.values()].some(
    ({ state, sunsetAtMs }) =>
      state === 'deprecated' && sunsetAtMs > world.nowMs && sunsetAtMs < world.nowMs + 7 * DAY_MS,
  );
  const isRefused = isTrap && world.hidden && visibility === 'public';
  expect(status).toBe(world.deleted ? 409 : isRefused ? 422 : 200);
  if (status === 200) world.hidden = visibility === 'private';
};

const iso = (ms: number) => new Date(ms).toISOString();

const statesOf = async (world: World) =>
  new Map(
    await Promise.all(
      names.map(async (name) => [name, (await world.registry.versions.find(MODEL, name))?.state] as const),
    ),
  );

const checkState = (world: World, after: ReadonlyMap<string, VersionState | undefined>) => {
  for (const name of names) expect([name, after.get(name)]).toEqual([name, world.twin(name).state]);
};

/** Each change of a state has exactly one event and one entry, from and to what it was and is. */
const checkTold = (
  world: World,
  before: ReadonlyMap<string, VersionState | undefined>,
  after: ReadonlyMap<string, VersionState | undefined>,
  toldCount: number,
) => {
  const told = world.registry.entries.slice(toldCount);
  for (const name of names) {
    const steps = told.filter(({ version, from, to }) => version === name && from !== to);
    let at = before.get(name);
    for (const { from, to } of steps) {
      expect(from).toBe(at);
      at = to;
    }
    expect(at).toBe(after.get(name));
  }
  for (const { by, event } of told) expect([by.kind, event]).not.toContain(undefined);
  const events = world.registry.entries.filter(({ event }) => !event.includes('Created'));
  // Subscriptions are no part of the model's history.
  const news = world.registry.events.filter((event) => !event.startsWith('Subscription'));
  expect(news.length).toBe(events.length);
};

const checkObjects = (world: World) => {
  const needing = names.filter((name) => {
    const { state, purged } = world.twin(name);
    return state !== undefined && !['draft', 'scanning', 'rejected'].includes(state) && !purged;
  });
  for (const name of needing) expect(world.objects.objects.has(keyOf(name))).toBe(true);
  const needed = new Set(needing.map(keyOf));
  for (const key of world.objects.objects.keys()) expect(needed.has(key)).toBe(true);
};

const live = async (commands: readonly Command[]): Promise<World> => {
  const world = new World();
  vi.spyOn(Date, 'now').mockImplementation(() => world.nowMs);
  // A hundred thousand lines that nobody reads.
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  await world.call('POST', '/v1/models', { who: 'acme', body: newModel(MODEL) });
  const offer = { name: 'Team', kind: 'perCall', perCallMicros: '50' };
  world.offerId = (await world.call('POST', `/v1/models/${MODEL}/offers`, { who: 'acme', body: offer })).body.id;
  let before = await statesOf(world);
  for (const { what, version } of commands) {
    const toldCount = world.registry.entries.length;
    await play[what]?.(world, version, world.twin(version));
    const after = await statesOf(world);
    checkState(world, after);
    checkTold(world, before, after, toldCount);
    checkObjects(world);
    world.checkCount++;
    for (const [name, { state, purged }] of world.twins) {
      const at = purged ? 'purged' : state;
      if (at !== undefined) world.been.set(`${name} ${at}`, at);
    }
    before = after;
  }
  return world;
};

afterEach(() => vi.restoreAllMocks());

const COMMAND_COUNT = 10_000;
const LIFE_COUNT = 700;

it(`keeps random lives legal through ${COMMAND_COUNT} commands, their artifacts whole and every step told`, {
  timeout: 120_000,
}, async () => {
  let commandCount = 0;
  const reached = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      prefix,
      fc.array(command, { minLength: 12, maxLength: 28, size: 'max' }),
      async (begun, commands) => {
        const world = await live([...begun, ...commands]);
        commandCount += world.checkCount;
        for (const been of world.been.values()) reached.set(been, (reached.get(been) ?? 0) + 1);
      },
    ),
    { numRuns: LIFE_COUNT },
  );
  // So that it is known to have been everywhere.
  for (const end of ['draft', 'rejected', 'validated', 'published', 'deprecated', 'retired', 'purged']) {
    expect([end, (reached.get(end) ?? 0) > 20]).toEqual([end, true]);
  }
  expect(commandCount).toBeGreaterThanOrEqual(COMMAND_COUNT);
});
