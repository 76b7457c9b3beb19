// A model as search knows it.
import type { ModelSums } from '../../ports/stats.ts';
import type { Model, Version } from '../../ports.ts';
import { bayesianRating } from '../rating.ts';
import { type SearchDocument, weighWords } from './search-document.ts';
import { writeSignature } from './signature-query.ts';

export interface ModelDetails {
  /** What `latest` names. */
  readonly version?: Pick<Version, 'validated'> | undefined;
  readonly stats?: Pick<ModelSums, 'ratingCount' | 'ratingSum' | 'callCount'> | undefined;
}

export const describeModel = (model: Model, { version, stats }: ModelDetails, indexedAtMs: number): SearchDocument => {
  const { name, task, license, tags, visibility, summary, description, price, createdAtMs, updatedAtMs } = model;
  const { signature, envelope } = version?.validated ?? {};
  return {
    name,
    task,
    license,
    tags,
    visibility,
    signature: signature ? writeSignature(signature) : '',
    priceMicros: priceOfRow(price),
    latencyMs: envelope?.runMs,
    rating: stats ? bayesianRating(stats) : 0,
    callCount: stats?.callCount ?? 0,
    createdAtMs,
    updatedAtMs,
    indexedAtMs,
    words: weighWords({ name, task, tags, summary, text: description ?? '' }),
  };
};

/** A call of one row; for comparing, never for charging. */
export const priceOfRow = ({ perCallMicros, perRowMicros }: Model['price']): number =>
  Number(perCallMicros) + Number(perRowMicros);
