// The keys of a card's front matter that mean something here, named as on the Hugging Face Hub. Others are kept as they are.
import * as z from 'zod/mini';

const text = (max: number) => {
  const rule = `must be a text of 1 to ${max} characters`;
  return z.string(rule).check(z.minLength(1, rule), z.maxLength(max, rule));
};

const list = <T extends z.ZodMiniType>(item: T, max: number) => {
  const rule = `must be a list of at most ${max}`;
  return z.array(item, rule).check(z.maxLength(max, rule));
};

const oneOrMore = (max: number, count: number) => z.union([text(max), list(text(max), count)], namesRule(max, count));
const namesRule = (max: number, count: number) =>
  `must be a text of 1 to ${max} characters, or a list of at most ${count} such`;

const number = z.union([z.number(), text(200)], 'must be a number, or a text of 1 to 200 characters');

const measured = z.looseObject({
  type: z.optional(text(200)),
  name: z.optional(text(200)),
  value: z.optional(number),
});

const dataset = z.looseObject({ name: z.optional(text(300)), type: z.optional(text(300)) });

const result = z.looseObject({
  dataset: z.optional(dataset),
  metrics: z.optional(list(measured, 100)),
});

export const cardFields = z.looseObject(
  {
    license: z.optional(text(100)),
    tags: z.optional(list(text(64), 100)),
    pipeline_tag: z.optional(text(64)),
    task: z.optional(text(64)),
    language: z.optional(oneOrMore(64, 200)),
    datasets: z.optional(oneOrMore(300, 200)),
    base_model: z.optional(oneOrMore(300, 50)),
    metrics: z.optional(oneOrMore(200, 100)),
    intended_use: z.optional(oneOrMore(10_000, 50)),
    limits: z.optional(oneOrMore(10_000, 50)),
    'model-index': z.optional(
      list(z.looseObject({ name: z.optional(text(200)), results: z.optional(list(result, 200)) }), 20),
    ),
  },
  'must be a mapping of keys to values',
);
export type CardFields = z.output<typeof cardFields>;

/** What the publisher says was measured, and on what. */
export interface ClaimedMetric {
  readonly name: string;
  readonly value: number | string;
  readonly dataset: string | null;
}

export const claimedMetrics = (fields: CardFields): ClaimedMetric[] =>
  (fields['model-index'] ?? []).flatMap(({ results = [] }) =>
    results.flatMap(({ dataset: on, metrics = [] }) =>
      metrics.flatMap(({ name, type, value }) => {
        const called = name ?? type;
        if (called === undefined || value === undefined) return [];
        return [{ name: called, value, dataset: on?.name ?? on?.type ?? null }];
      }),
    ),
  );
