// A model as search knows it.
import type { Model, Version } from '../../ports.ts';
import { type SearchDocument, weighWords } from './search-document.ts';
import { writeSignature } from './signature-query.ts';

export interface ModelDetails {
  /** What `latest` names. */
  readonly version?: Pick<Version, 'validated'> | undefined;
  readonly stats?: { readonly ratingCount: number; readonly ratingSum: number; readonly callCount: number } | undefined;
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

/** Counts as if so many had rated it so beforehand: one enthusiast does not make the best model. */
const PRIOR_COUNT = 5;
const PRIOR_RATING = 3.5;

/** 0 where nobody rated. */
const bayesianRating = ({ ratingCount, ratingSum }: NonNullable<ModelDetails['stats']>): number =>
  ratingCount === 0 ? 0 : (PRIOR_COUNT * PRIOR_RATING + ratingSum) / (PRIOR_COUNT + ratingCount);
