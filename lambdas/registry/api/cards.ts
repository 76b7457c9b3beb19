// Model cards: what a publisher says of a model at length.
import * as z from 'zod';
import { defineRoutes } from '../../shared/platform/route.ts';
import { modelName, rate, timestamp } from '../../shared/platform/schemas.ts';
import { CARD_LIMIT_BYTES } from '../domain/card-limits.ts';
import { lanes } from '../terms.ts';
import { etagHeader, ifMatch, modelParams } from './parameters.ts';

/** As JSON, in which a line end, a quote or a backslash is two characters. */
const bodyLimitBytes = 2 * CARD_LIMIT_BYTES + 1024;

const EXAMPLE = [
  '---',
  'license: Apache-2.0',
  'language: en',
  'datasets: [iris]',
  'model-index:',
  '  - name: iris',
  '    results:',
  '      - task: {type: tabular-classification}',
  '        dataset: {name: Iris, type: iris}',
  '        metrics: [{type: accuracy, value: 0.97}]',
  '---',
  '# Iris',
  'Tells three irises apart by four lengths.',
  '',
].join('\n');

const text = z.string().meta({
  description: `Markdown of at most ${CARD_LIMIT_BYTES} bytes, with YAML front matter between two \`---\` lines where it begins so`,
  example: EXAMPLE,
});

const claimedMetric = z.object({
  name: z.string().meta({ example: 'accuracy' }),
  value: z.union([z.number(), z.string()]).meta({ example: 0.97 }),
  dataset: z.string().nullable().meta({ example: 'Iris' }),
  claimed: z.literal(true).meta({ description: 'The publisher says so; nobody checked it' }),
});

const milliseconds = z.number().min(0);

const measured = z.object({
  version: z.string().meta({ description: 'What alias `latest` names', example: '1.0.0' }),
  lane: z.enum(lanes).meta({ description: 'Where it runs' }),
  runMs: milliseconds.meta({ description: 'One run, the first' }),
  medianMs: milliseconds
    .optional()
    .meta({ description: 'One run of its examples, the median of some; absent where it has none' }),
  loadMs: milliseconds.meta({ description: 'Loading it, before the first run' }),
  peakBytes: z.number().min(0).meta({ description: 'Most memory that both took' }),
  perCallMicros: rate.meta({ example: '200' }),
  perRowMicros: rate.meta({ example: '10' }),
});

const card = z.object({
  model: modelName,
  text,
  frontMatter: z.record(z.string(), z.unknown()).meta({ description: 'The same as JSON; without any, empty' }),
  metrics: z.array(claimedMetric).meta({ description: 'Of `model-index` in the front matter' }),
  measured: measured.nullable().meta({
    description: 'What the trial run of the latest version took here, and what calls cost; `null` while there is none',
  }),
  createdAt: timestamp,
  updatedAt: timestamp,
});

export const cardRoutes = defineRoutes({
  getCard: {
    method: 'GET',
    path: '/v1/models/{model}/card',
    summary: 'Get a model’s card',
    description: 'What the publisher says of the model at length, beside what was measured here.',
    auth: 'optional',
    permission: 'models:read',
    params: modelParams,
    responses: { 200: { description: 'The card', body: card, headers: etagHeader } },
    errors: ['model_not_found', 'card_not_found'],
  },
  putCard: {
    method: 'PUT',
    path: '/v1/models/{model}/card',
    summary: 'Write a model’s card',
    description: [
      'The whole card. Keys of the front matter are those of the Hugging Face Hub (`license`, `tags`, `pipeline_tag`, `language`, `datasets`, `base_model`, `metrics`, `model-index`), `intended_use` and `limits`; others are kept.',
      '`license` must be the model’s. Anchors, aliases, tags of YAML and keys that come twice are refused.',
    ].join(' '),
    auth: 'required',
    permission: 'models:write',
    params: modelParams,
    headers: ifMatch,
    body: z.strictObject({ text }),
    bodyLimitBytes,
    bodyLimitMend: `write a card of ${CARD_LIMIT_BYTES} bytes at most, and link to the rest`,
    responses: { 200: { description: 'The card as it is now', body: card, headers: etagHeader } },
    errors: ['model_not_found', 'not_your_handle', 'precondition_failed', 'card_invalid', 'model_withdrawn'],
  },
});
