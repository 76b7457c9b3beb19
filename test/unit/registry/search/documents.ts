// Models for the tests of search: few words, so that they share them.
import * as fc from 'fast-check';
import { type SearchDocument, weighWords } from '../../../../lambdas/registry/domain/search/search-document.ts';

const words = ['iris', 'irises', 'classifier', 'clasifier', 'house', 'houses', 'price', '中文', '模型', 'straße', 'v2'];
const text = fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((some) => some.join(' '));

export const documentOf = (
  name: string,
  more: Partial<SearchDocument> & { readonly text?: string } = {},
): SearchDocument => {
  const { text: said = '', ...rest } = more;
  const base = { name, task: 'tabular-classification', tags: ['flower'], ...rest };
  return {
    license: 'MIT',
    visibility: 'public',
    signature: 'FP32[-1,4]>FP32[-1,3]',
    priceMicros: 0,
    latencyMs: 1,
    rating: 0,
    callCount: 0,
    createdAtMs: 1,
    updatedAtMs: 1,
    indexedAtMs: 1,
    words: weighWords({ ...base, summary: said, text: '' }),
    ...base,
  };
};

export const documentWith = (name: string): fc.Arbitrary<SearchDocument> =>
  fc
    .record({
      text,
      task: fc.constantFrom('tabular-classification', 'translation'),
      license: fc.constantFrom('MIT', 'Apache-2.0'),
      tags: fc.uniqueArray(fc.constantFrom('flower', 'small', 'fast')),
      signature: fc.constantFrom('', 'FP32[-1,4]>FP32[-1,3]', 'INT64[-1,-1]>FP32[1]'),
      priceMicros: fc.constantFrom(0, 10, 200),
      latencyMs: fc.constantFrom(undefined, 1, 20),
      rating: fc.constantFrom(0, 3.5, 4.5),
      callCount: fc.constantFrom(0, 5, 100_000),
      createdAtMs: fc.constantFrom(1, 2, 3),
      updatedAtMs: fc.constantFrom(1, 2, 3),
    })
    .map((more) => documentOf(name, more));

export const names = Array.from(
  { length: 40 },
  (_, index) => `p${index % 3}x.${words[index % 7]?.replace(/[^a-z]/g, '') || 'm'}-${index}`,
);

export const documents: fc.Arbitrary<SearchDocument[]> = fc
  .subarray(names)
  .chain((some) => fc.tuple(...some.map(documentWith)) as fc.Arbitrary<SearchDocument[]>);
