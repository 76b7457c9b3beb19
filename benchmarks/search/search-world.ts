// A catalogue of one size: its index in the store, a function's memory over it, and the same again said naively.
import type { DynamoDBDocument } from '@aws-sdk/lib-dynamodb';
import { dynamoDirectory } from '../../lambdas/registry/adapters/dynamo-directory.ts';
import { registryS3 } from '../../lambdas/registry/adapters/s3-client.ts';
import { s3SearchIndex } from '../../lambdas/registry/adapters/s3-search-index.ts';
import { allBits } from '../../lambdas/registry/domain/search/bits.ts';
import { buildSegment } from '../../lambdas/registry/domain/search/build-segment.ts';
import { emptyDelta } from '../../lambdas/registry/domain/search/index-head.ts';
import { mergeSegments } from '../../lambdas/registry/domain/search/merge-segments.ts';
import type { SearchDocument } from '../../lambdas/registry/domain/search/search-document.ts';
import { docCount } from '../../lambdas/registry/domain/search/segment.ts';
import { readSearch } from '../../lambdas/registry/routes/read-search.ts';
import { searchIndex } from '../../lambdas/registry/search-index.ts';
import { searchQuery } from '../../lambdas/registry/search-wire.ts';
import { naiveSearch } from '../naive/search.ts';
import { answerSearch } from './answer-search.ts';
import { seededItems } from './model-items.ts';
import { seededDocuments } from './seeded-models.ts';
import { type StoreServer, startStoreServer } from './store-server.ts';

const SEED = 7;
const CHUNK = 1_000;
const KEEP_MS = 2_000;

export interface SearchWorld {
  readonly name: string;
  readonly documents: readonly SearchDocument[];
  readonly server: StoreServer;
  readonly index: ReturnType<typeof s3SearchIndex>;
  /** To the table. */
  add(document: SearchDocument): void;
  answer(query: string): Promise<string>;
  /** Of one query whose environment looks whether the index has changed. */
  readsOf(query: string): Promise<number>;
  /** @throws Error where the index and the naive search differ */
  check(query: string): Promise<void>;
  close(): void;
}

export const makeWorld = async (name: string, count: number): Promise<SearchWorld> => {
  const documents = seededDocuments(count, SEED);
  const { add, itemOf } = seededItems(documents);
  const server = await startStoreServer(itemOf);
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' };
  const s3 = registryS3({ endpoint: server.endpoint, region: 'eu-central-1', credentials, forcePathStyle: true });
  const index = s3SearchIndex(s3, 'search');
  const chunks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, at) =>
    buildSegment(documents.slice(at * CHUNK, (at + 1) * CHUNK)),
  );
  const base = await index.writeBase(
    mergeSegments(chunks.map((segment) => ({ segment, live: allBits(docCount(segment)) }))),
  );
  const now = Date.now();
  const head = { base, rebuiltAtMs: now, lastAtMs: now, delta: emptyDelta(), removed: new Map() };
  if (!(await index.writeHead(head, undefined))) throw new Error('the store has an index already');

  let itemReads = 0;
  let extraMs = 0;
  const table = {
    batchGet: async ({ RequestItems }: { RequestItems: Record<string, { Keys: { pk: string; sk: string }[] }> }) => {
      itemReads++;
      const keys = RequestItems.registry?.Keys ?? [];
      return { Responses: { registry: keys.flatMap((key) => itemOf(key) ?? []) } };
    },
  };
  const directory = dynamoDirectory(table as unknown as DynamoDBDocument, 'registry');
  const models = {
    walk: () => {
      throw new Error('there is an index');
    },
  };
  const answer = answerSearch({ models, directory, index: searchIndex(index, () => Date.now() + extraMs) });
  return {
    name,
    documents,
    server,
    index,
    add,
    answer: (query) => answer(query),
    readsOf: async (query) => {
      extraMs += KEEP_MS;
      const before = itemReads + server.counts.objectReads;
      await answer(query);
      return itemReads + server.counts.objectReads - before;
    },
    check: (query) => checkQuery(documents, answer, query),
    close: () => {
      s3.destroy();
      server.close();
    },
  };
};

interface Told {
  readonly items: readonly { readonly name: string }[];
  readonly next: string | null;
  readonly facets?: unknown;
}

/** The first pages, and the facets. */
const checkQuery = async (
  documents: readonly SearchDocument[],
  answer: (query: string) => Promise<string>,
  query: string,
): Promise<void> => {
  const plain = new URLSearchParams(query);
  plain.delete('cursor');
  const { search } = readSearch(searchQuery.parse(Object.fromEntries(plain)));
  const naive = naiveSearch(documents, search);
  const names: string[] = [];
  let facets: unknown;
  let next: string | null = '';
  for (let page = 0; page < 4 && next !== null; page++) {
    const told: Told = JSON.parse(await answer(`${plain}${next && `&cursor=${next}`}`));
    names.push(...told.items.map((item) => item.name));
    facets = told.facets;
    next = told.next;
  }
  const wanted = next === null ? naive.names : naive.names.slice(0, names.length);
  if (names.join() !== wanted.join()) {
    throw new Error(
      `of ${documents.length} models '${query}' finds ${names.slice(0, 5)}…, naively ${wanted.slice(0, 5)}…`,
    );
  }
  if (search.facets.length > 0 && JSON.stringify(facets) !== JSON.stringify(naive.facets)) {
    throw new Error(`of ${documents.length} models '${query}' counts otherwise than naively`);
  }
};
