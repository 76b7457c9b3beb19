// Searches over catalogues of 1,000, 10,000 and 100,000 seeded models: what a query takes, what it reads, what a fresh
// environment loads, and what a publication writes.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { buildSync } from 'esbuild';
import type { SearchDocument } from '../../lambdas/registry/domain/search/search-document.ts';
import { CHANGE_LIMIT, indexModels } from '../../lambdas/registry/routes/index-models.ts';
import { mergeIndex } from '../../lambdas/registry/routes/merge-index.ts';
import { root } from '../../lib/root.ts';
import { startChild } from '../cold-start/start-child.ts';
import { median, quantile, spreadOf } from '../harness.ts';
import type { Area } from '../run.ts';
import { seededModel } from '../search/model-items.ts';
import { queryLoad } from '../search/query-load.ts';
import { makeWorld, type SearchWorld } from '../search/search-world.ts';
import { seededDocuments } from '../search/seeded-models.ts';

type Report = Parameters<Area['run']>[0];

const sizes = [
  { name: '1k', count: 1_000, checked: 300 },
  { name: '10k', count: 10_000, checked: 60 },
  { name: '100k', count: 100_000, checked: 20 },
];
const QUERIES = 300;
const ROUNDS = 15;
const WARM_ROUNDS = 2;
const COLD_STARTS = 5;
/** Every so many queries ask for a page so far into their list. */
const DEEP_EVERY = 10;
const DEEP_PAGES = 12;

/** The same queries for all sizes; what lies deep is another page in each. */
const loadOf = async (world: SearchWorld, queries: readonly string[]): Promise<string[]> => {
  const load: string[] = [];
  for (const [index, query] of queries.entries()) {
    let cursor = '';
    for (let page = 0; index % DEEP_EVERY === 0 && page < DEEP_PAGES; page++) {
      const { next } = JSON.parse(await world.answer(`${query}${cursor}`)) as { next: string | null };
      if (next === null) break;
      cursor = `&cursor=${next}`;
    }
    load.push(`${query}${cursor}`);
  }
  return load;
};

/** @returns by world, by query: microseconds in each round */
const time = async (worlds: readonly SearchWorld[], loads: readonly (readonly string[])[]): Promise<number[][][]> => {
  const times = loads.map((load) => load.map((): number[] => []));
  for (let round = -WARM_ROUNDS; round < ROUNDS; round++) {
    for (const [query] of (loads[0] ?? []).entries()) {
      for (const [size, world] of worlds.entries()) {
        const text = loads[size]?.[query] ?? '';
        const startedAt = performance.now();
        await world.answer(text);
        const tookUs = (performance.now() - startedAt) * 1000;
        if (round >= 0) times[size]?.[query]?.push(tookUs);
      }
    }
    process.stderr.write(`  round ${round} of ${ROUNDS}\n`);
  }
  return times;
};

const reportTimes = (worlds: readonly SearchWorld[], times: readonly number[][][], report: Report): void => {
  // A query's own time is the lower quartile of its rounds: what is left is how queries differ, not how busy the machine was.
  const own = times.map((queries) => queries.map((rounds) => quantile(rounds, 0.25)));
  const smallest = own[0] ?? [];
  for (const [size, { name }] of worlds.entries()) {
    const medians = own[size] ?? [];
    const p50 = median(medians);
    const rounded = (value: number) => Number(value.toPrecision(4));
    report({ case: name, metric: 'p50_us', value: rounded(p50), unit: 'us', baseline: 'none' });
    report({
      case: name,
      metric: 'p99_over_p50',
      value: rounded(quantile(medians, 0.99) / p50),
      unit: 'ratio',
      baseline: 'the median query of the same load',
      goal: '≤ 5',
    });
    if (size === 0) continue;
    const rounds = Array.from({ length: ROUNDS }, (_, round) => {
      const ofRound = (queries: readonly number[][]) => median(queries.map((query) => query[round] ?? Number.NaN));
      return ofRound(times[size] ?? []) / ofRound(times[0] ?? []);
    });
    const { low, high } = spreadOf(rounds);
    report({
      case: name,
      metric: 'p50_over_1k',
      value: rounded(p50 / median(smallest)),
      low,
      high,
      unit: 'ratio',
      baseline: 'the same queries over 1,000 models',
      goal: '≤ 3',
    });
  }
};

const reportReads = async (world: SearchWorld, load: readonly string[], report: Report): Promise<void> => {
  const reads: number[] = [];
  for (const query of load) reads.push(await world.readsOf(query));
  const most = Math.max(...reads);
  report({ case: world.name, metric: 'reads_per_query', value: most, unit: 'reads', baseline: 'none', goal: '≤ 3' });
};

const bundleChild = (folder: string): string => {
  const outfile = join(folder, 'cold-search.js');
  const entryPoints = [join(root, 'benchmarks/search/cold-child.ts')];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node24', format: 'cjs', minify: true });
  return outfile;
};

const reportCold = async (world: SearchWorld, file: string, report: Report): Promise<void> => {
  const { server, name } = world;
  const env = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_ENDPOINT_URL: server.endpoint,
  };
  const took: number[] = [];
  let bytes = 0;
  const event = { query: 'q=iris+classifier' };
  const wanted = await world.answer(event.query);
  for (let start = -1; start < COLD_STARTS; start++) {
    const before = server.counts.bytesRead;
    const { codeMs, answerMs, answer } = await startChild(file, event, env);
    if (JSON.stringify(answer) !== wanted) throw new Error(`a fresh environment answers otherwise over ${name}`);
    bytes = server.counts.bytesRead - before;
    if (start >= 0) took.push(codeMs + answerMs);
  }
  const { value, low, high } = spreadOf(took);
  report({ case: name, metric: 'cold_ms', value, low, high, unit: 'ms', baseline: 'none' });
  report({ case: name, metric: 'bytes_loaded', value: bytes, unit: 'B', baseline: 'none' });
};

/** A whole round of publications: until the changes beside the large segment are put into it. */
const reportPublishing = async (world: SearchWorld, report: Report): Promise<void> => {
  const { server, index, name } = world;
  const fresh = seededDocuments(CHANGE_LIMIT + 1, 99).map(
    (document): SearchDocument => ({ ...document, name: `new.${document.name.split('.')[1]}` }),
  );
  const byName = new Map(fresh.map((document) => [document.name, document]));
  const publish = indexModels({
    index,
    directory: {
      findMany: async (names) =>
        new Map(names.map((one) => [one, seededModel(byName.get(one) as SearchDocument)] as const)),
      describe: async (models, indexedAtMs) =>
        models.map((model) => ({ ...(byName.get(model.name) as SearchDocument), indexedAtMs })),
    },
    rebuild: () => Promise.reject(new Error('there is an index')),
    merge: async () => void (await mergeIndex({ index, clock: Date.now })()),
    clock: Date.now,
    wait: async () => {},
  });
  const before = server.counts.bytesWritten;
  const stale: number[] = [];
  for (const [at, document] of fresh.entries()) {
    const startedAt = performance.now();
    world.add(document);
    await publish([document.name]);
    if (at % 50 !== 10) continue;
    const word = document.name.split('-').at(-2) ?? '';
    while (!(await world.answer(`publisher=new&q="${word}"`)).includes(document.name)) {
      await new Promise((wake) => setTimeout(wake, 20));
    }
    stale.push((performance.now() - startedAt) / 1000);
  }
  const written = Math.round((server.counts.bytesWritten - before) / fresh.length);
  const { value, low, high } = spreadOf(stale);
  report({ case: name, metric: 'publish_bytes_written', value: written, unit: 'B', baseline: 'none' });
  report({ case: name, metric: 'staleness_s', value, low, high, unit: 's', baseline: 'none' });
};

export const area: Area = {
  method:
    'GET /v1/models from the text of the query to the text of the answer, without HTTP and authentication: a load of ' +
    `${QUERIES} seeded queries (words, beginnings, typing errors, filters, tensors, facets, all sorts, every tenth ${DEEP_PAGES} pages deep), ` +
    `${ROUNDS} rounds, the three catalogues in turn query by query. A query’s time is the lower quartile of its rounds, since others on the machine only add to it; p50 and p99 are over ` +
    'the queries of the load. Items of the page come from memory as the document client gives them. reads_per_query: the most that ' +
    'one query read, when each looks whether the index has changed, counted at the store. cold_ms: process entry to first answer, ' +
    'index and items over loopback HTTP. publish_bytes_written: mean of as many publications, one by one, as are put together into ' +
    'the large segment, that included. staleness_s: from the event’s arrival until a warm environment finds the model. Answers are ' +
    'compared with benchmarks/naive/search.ts in the same run; it fails where they differ',
  run: async (report) => {
    const folder = mkdtempSync(join(tmpdir(), 'aimass-search-'));
    const worlds: SearchWorld[] = [];
    try {
      const queries = queryLoad(QUERIES, 11);
      for (const { name, count, checked } of sizes) {
        process.stderr.write(`search: ${name}: making the catalogue\n`);
        const world = await makeWorld(name, count);
        worlds.push(world);
        for (const query of queries.slice(0, checked)) await world.check(query);
        process.stderr.write(`search: ${name}: ${checked} queries answered as the naive search answers them\n`);
      }
      const loads: string[][] = [];
      for (const world of worlds) loads.push(await loadOf(world, queries));
      reportTimes(worlds, await time(worlds, loads), report);
      const child = bundleChild(folder);
      for (const [at, world] of worlds.entries()) {
        await reportReads(world, loads[at] ?? [], report);
        await reportCold(world, child, report);
        await reportPublishing(world, report);
      }
    } finally {
      for (const world of worlds) world.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
