// A search on the wire: its parameters, and a page with its facets.
import * as z from 'zod';
import { namePartPattern } from '../shared/kernel/ids.ts';
import { datatypes } from '../shared/onnx/signature.ts';
import { listOf, listQuery } from '../shared/platform/schemas.ts';
import { FACET_VALUE_LIMIT, facetFields, sortOrders } from './domain/search/search-query.ts';
import { parseTensorQueries } from './domain/search/signature-query.ts';
import { visibilities } from './terms.ts';
import { model } from './wire.ts';

const LIST_LIMIT = 20;

/** Values with commas between. */
const listText = <T extends string>(item: z.ZodType<T, string>, what: string) =>
  z
    .string()
    .max(1000)
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(
      z
        .array(item)
        .max(LIST_LIMIT, `must name at most ${LIST_LIMIT} ${what}, with commas between`)
        .refine((values) => values.every((value) => value !== ''), 'must not hold an empty value'),
    );

const task = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,63}$/, 'must be tasks, each 2 to 64 of a-z 0-9 -, starting with a letter');
const license = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+ ()-]{0,99}$/, 'must be SPDX expressions');
const tag = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,31}$/, 'must be tags, each 1 to 32 of a-z 0-9 . - _');
const publisher = z.string().regex(namePartPattern, 'must be publishers’ handles');

/** Only plain decimals are a number: `Number` would also take '0x10', '1e1' and ' 10'. */
const decimal = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,12}(?:\.\d{1,6})?$/, `must be a number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least, `must be ${least} or more`).max(most, `must be ${most} at most`));

export const searchQuery = listQuery.extend({
  q: z.string().trim().min(1).max(200).optional().meta({
    description:
      'Words that name, task, summary, tags or description must all have; the last may be the beginning of a word. A word that no model has may be mistyped: one error from 4 letters on, two from 8. "Words in quotation marks" are meant as they stand',
    example: 'iris classif',
  }),
  task: listText(task, 'tasks').optional().meta({ description: 'One of these', example: 'tabular-classification' }),
  license: listText(license, 'licences').optional().meta({ description: 'One of these', example: 'Apache-2.0,MIT' }),
  tag: listText(tag, 'tags').optional().meta({ description: 'All of these', example: 'flower' }),
  publisher: listText(publisher, 'publishers').optional().meta({ description: 'One of these', example: 'acme' }),
  visibility: listText(z.enum(visibilities), 'values').optional().meta({
    description: 'One of these; `private` finds your own, and what is shared with you',
    example: 'public',
  }),
  signature: z
    .string()
    .max(500)
    .refine(
      (text) => parseTensorQueries(text, datatypes) !== undefined,
      'must be tensors like FP32[-1,30] or out:INT64[-1], with blanks or commas between; dimensions are sizes, -1 or ?',
    )
    .optional()
    .meta({
      description:
        'Tensors that it takes (`in:`, or nothing before) or gives (`out:`). -1 is a size that you want to be free to choose, ? any; without brackets any shape will do',
      example: 'FP32[-1,4]',
    }),
  maxPriceMicros: decimal(0, 1e12).optional().meta({ description: 'Of a call of one row, in micros', example: '500' }),
  maxLatencyMs: decimal(0, 1e9).optional().meta({
    description: 'Of one run, as measured when it was published; leaves out what has no measure',
    example: '20',
  }),
  minRating: decimal(0, 5).optional().meta({ description: 'Leaves out what nobody rated', example: '4' }),
  sort: z.enum(sortOrders).optional().meta({
    description:
      '`relevance` where `q` is given, or else `name`; `-` turns round: `-rating` is best first, `-createdAt` newest. Like ones are sorted by name',
    example: '-usage',
  }),
  facets: listText(z.enum(facetFields), 'facets')
    .optional()
    .meta({
      description: `For which of these to count the values of all models found: the ${FACET_VALUE_LIMIT} most frequent each`,
      example: 'task,license',
    }),
});

const counts = z.array(z.object({ value: z.string(), count: z.number().int().min(1) }));

export const searchPage = listOf(model).extend({
  facets: z
    .object(Object.fromEntries(facetFields.map((field) => [field, counts.optional()])))
    .optional()
    .meta({
      description: 'Where it was asked for: how many of all models found have which value, most frequent first',
      example: { task: [{ value: 'tabular-classification', count: 12 }] },
    }),
});
