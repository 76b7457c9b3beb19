// Searching: what the index answers is what looking at every model would answer, in pages without holes or doubles.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naiveSearch } from '../../../../benchmarks/naive/search.ts';
import { allBits } from '../../../../lambdas/registry/domain/search/bits.ts';
import { buildSegment } from '../../../../lambdas/registry/domain/search/build-segment.ts';
import { eachFuzzyWord, indexPairs } from '../../../../lambdas/registry/domain/search/fuzzy-words.ts';
import { mergeSegments } from '../../../../lambdas/registry/domain/search/merge-segments.ts';
import { prepareSegment } from '../../../../lambdas/registry/domain/search/prepared-segment.ts';
import type { SearchDocument } from '../../../../lambdas/registry/domain/search/search-document.ts';
import { readWords, type SearchQuery, sortOrders } from '../../../../lambdas/registry/domain/search/search-query.ts';
import { type SearchedPart, searchSegments } from '../../../../lambdas/registry/domain/search/search-segments.ts';
import { decodeSegment, encodeSegment } from '../../../../lambdas/registry/domain/search/segment-bytes.ts';
import {
  answersTensors,
  parseTensorQueries,
  readSignature,
} from '../../../../lambdas/registry/domain/search/signature-query.ts';
import { toTextTable } from '../../../../lambdas/registry/domain/search/text-table.ts';
import { wordsOf } from '../../../../lambdas/registry/domain/search/words.ts';
import { datatypes } from '../../../../lambdas/shared/onnx/signature.ts';
import { documentOf, documents } from './documents.ts';

const everything: SearchQuery = {
  words: undefined,
  task: [],
  license: [],
  publisher: [],
  visibility: [],
  tag: [],
  tensors: [],
  maxPriceMicros: undefined,
  maxLatencyMs: undefined,
  minRating: undefined,
  sort: 'name',
  facets: [],
  limit: 25,
  after: undefined,
};

const partOf = (some: readonly SearchDocument[]): SearchedPart => {
  const prepared = prepareSegment(buildSegment(some));
  return { prepared, live: allBits(prepared.count) };
};
const find = (some: readonly SearchDocument[], query: Partial<SearchQuery>) =>
  searchSegments([partOf(some)], { ...everything, ...query });
const namesFound = (some: readonly SearchDocument[], q: string) =>
  find(some, { words: readWords(q), sort: 'relevance' }).hits.map(({ name }) => name);

const query: fc.Arbitrary<SearchQuery> = fc.record({
  words: fc.option(
    fc
      .constantFrom(
        'iris',
        'clasifer',
        'classifeir iris',
        'hou',
        '"house" pri',
        '中文',
        '模',
        'STRASSE',
        'x',
        'priec v',
      )
      .map(readWords),
    { nil: undefined },
  ),
  task: fc.subarray(['tabular-classification', 'translation']),
  license: fc.subarray(['MIT', 'apache-2.0', 'none']),
  publisher: fc.subarray(['p0x', 'p1x']),
  visibility: fc.constantFrom([], ['public']),
  tag: fc.subarray(['flower', 'small']),
  label: fc.subarray(['flower', 'translation']),
  tensors: fc.constantFrom('', 'FP32[-1,4]', 'out:FP32[?]').map((text) => parseTensorQueries(text, datatypes) ?? []),
  maxPriceMicros: fc.constantFrom(undefined, 0, 10),
  maxLatencyMs: fc.constantFrom(undefined, 5),
  minRating: fc.constantFrom(undefined, 4),
  sort: fc.constantFrom(...sortOrders),
  facets: fc.subarray(['task', 'license', 'tag', 'publisher'] as const),
  limit: fc.constantFrom(1, 2, 7, 100),
  after: fc.constant(undefined),
});

describe('a search', () => {
  it('finds what looking at every model finds, page by page, however the models lie in parts', () => {
    fc.assert(
      fc.property(documents, query, fc.nat({ max: 5 }), (some, asked, cut) => {
        const parts = [some.filter((_, at) => at % 6 < cut), some.filter((_, at) => at % 6 >= cut)].map(partOf);
        const found: string[] = [];
        let after = asked.after;
        let facets: unknown;
        for (;;) {
          const page = searchSegments(parts, { ...asked, after });
          facets ??= page.facets;
          const hits = page.hits.slice(0, asked.limit);
          found.push(...hits.map(({ name }) => name));
          if (page.hits.length <= asked.limit) break;
          after = hits.at(-1);
        }
        const naive = naiveSearch(some, asked);
        expect(found).toEqual(naive.names);
        expect(facets).toEqual(naive.facets);
      }),
      { numRuns: 150 },
    );
  });

  it('takes a typing error where no model has the word, and none where one has it', () => {
    const some = [documentOf('acme.classifier'), documentOf('acme.classified')];
    expect(namesFound(some, 'clasifier')).toEqual(['acme.classified', 'acme.classifier']);
    expect(namesFound(some, 'classifier')).toEqual(['acme.classifier']);
    expect(namesFound(some, '"clasifier"')).toEqual([]);
  });

  it('prefers the name to the summary, and use between like ones', () => {
    const some = [
      documentOf('acme.a', { text: 'iris' }),
      documentOf('acme.iris'),
      documentOf('acme.b', { text: 'iris', callCount: 1000 }),
    ];
    expect(namesFound(some, 'iris')).toEqual(['acme.iris', 'acme.b', 'acme.a']);
  });

  it('goes on behind a model that is gone meanwhile', () => {
    const some = ['a', 'b', 'c', 'd'].map((name) => documentOf(`acme.${name}x`, { priceMicros: 5 }));
    const after = { key: 5, name: 'acme.bx' };
    const rest = some.filter(({ name }) => name !== 'acme.bx');
    expect(find(rest, { sort: 'price', after }).hits.map(({ name }) => name)).toEqual(['acme.cx', 'acme.dx']);
  });
});

describe('words', () => {
  it.each([
    ['acme.Iris-v2', ['acme', 'iris', 'v2']],
    ['Straße ﬁne', ['strasse', 'fine']],
    ['中文模型', ['中文', '文模', '模型', '型']],
    ['用GPU', ['用', 'gpu']],
    ['', []],
  ])('of %s', (text, words) => expect(wordsOf(text)).toEqual(words));

  it('that resemble one are all found, and no others', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.uniqueArray(word, { maxLength: 50 }), word, fc.boolean(), (all, asked, asPrefix) => {
        const sorted = [...all].sort();
        const table = toTextTable(sorted);
        const found: string[] = [];
        eachFuzzyWord(table, indexPairs(table), { word: asked, asPrefix }, (index) => found.push(sorted[index] ?? ''));
        const some = sorted.map((one, at) => documentOf(`acme.m${at}`, { words: new Map([[one, 8]]) }));
        const naive = naiveSearch(some, { ...everything, words: [{ word: asked, asPrefix, tolerant: true }] }).names;
        const isThere = all.some((one) => one === asked || (asPrefix && one.startsWith(asked)));
        if (!isThere) expect(found.sort()).toEqual(naive.map((name) => sorted[Number(name.slice(6))]).sort());
      }),
      { numRuns: 200 },
    );
  });
});

describe('a tensor', () => {
  it.each([
    ['FP32[-1,30]', 'FP32[-1,30]>FP32[-1]', true],
    ['FP32[5,30]', 'FP32[-1,30]>FP32[-1]', true],
    ['FP32[-1,30]', 'FP32[1,30]>FP32[1]', false],
    ['FP32[?,30]', 'FP32[1,30]>FP32[1]', true],
    ['FP32[-1,30]', 'FP64[-1,30]>FP32[-1]', false],
    ['FP32[-1,30]', 'FP32[-1,30,1]>FP32[-1]', false],
    ['out:FP32[-1]', 'FP32[-1,30]>FP32[1]', true],
    ['FP32', 'FP32[-1,3,224,224]>FP32[1]', true],
    ['in:FP32[-1,4], out:INT64[-1]', 'FP32[-1,4]>FP32[-1,3] INT64[-1]', true],
    ['FP32[]', 'FP32[]>FP32[]', true],
  ])('%s of a model %s: %s', (asked, signature, fits) => {
    expect(answersTensors(readSignature(signature), parseTensorQueries(asked, datatypes) ?? [])).toBe(fits);
  });

  it.each(['', 'FP33[1]', 'FP32[1', 'FP32[-2]', 'FP32[1]]', 'in:', 'fp32[1]'])('%s is malformed', (text) =>
    expect(parseTensorQueries(text, datatypes)).toBeUndefined(),
  );
});

describe('a segment', () => {
  it('is the same after its bytes were read, and however it was put together', () => {
    fc.assert(
      fc.property(documents, fc.nat({ max: 5 }), (some, cut) => {
        const whole = encodeSegment(buildSegment(some));
        const parts = [some.filter((_, at) => at % 6 < cut), some.filter((_, at) => at % 6 >= cut)].map(partOf);
        const merged = mergeSegments(parts.map(({ prepared, live }) => ({ segment: prepared.segment, live })));
        expect(Buffer.compare(encodeSegment(merged), whole)).toBe(0);
        expect(Buffer.compare(encodeSegment(decodeSegment(Uint8Array.from(whole))), whole)).toBe(0);
      }),
    );
  });

  it('of torn bytes is refused, never read beyond', () => {
    const whole = encodeSegment(buildSegment([documentOf('acme.iris'), documentOf('acme.lily')]));
    expect(() => decodeSegment(whole.slice(0, whole.length - 8))).toThrow('no segment');
    expect(() => decodeSegment(whole.slice(0, 10))).toThrow('no segment');
    const other = Uint8Array.from(whole);
    other[4] = 99;
    expect(() => decodeSegment(other)).toThrow('version is 99');
  });
});
