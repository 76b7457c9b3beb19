// What a patch makes of a model. A price that stays the same amount keeps its version.
import type { ModelPrice } from '../../billing/contract.ts';
import { parseRate } from '../../shared/kernel/money.ts';
import type { DownloadRule } from '../contract.ts';
import type { Model } from '../ports.ts';

export interface ModelPatch {
  readonly summary?: string | undefined;
  /** null removes it. */
  readonly description?: string | null | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly visibility?: Model['visibility'] | undefined;
  /** null: as if nothing had been said. */
  readonly downloads?: DownloadRule | null | undefined;
  readonly requiresSubscription?: boolean | undefined;
  readonly price?:
    | { readonly perCallMicros?: string | undefined; readonly perRowMicros?: string | undefined }
    | undefined;
}

/** @returns the model with the patch in it and the next revision; the same object when nothing changes */
export const changeModel = (model: Model, patch: ModelPatch, nowMs: number): Model => {
  const changed: Model = {
    ...model,
    summary: patch.summary ?? model.summary,
    description: patch.description === undefined ? model.description : (patch.description ?? undefined),
    tags: patch.tags ?? model.tags,
    visibility: patch.visibility ?? model.visibility,
    downloads: patch.downloads === undefined ? model.downloads : (patch.downloads ?? undefined),
    requiresSubscription: patch.requiresSubscription ?? model.requiresSubscription,
    price: changePrice(model.price, patch.price ?? {}),
  };
  if (JSON.stringify(changed) === JSON.stringify(model)) return model;
  return { ...changed, revision: model.revision + 1, updatedAtMs: nowMs };
};

/** Names of the fields in which a change differs from what was; what every change changes is not among them. */
export const fieldsChanged = (before: Model, after: Model): string[] =>
  ([...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Model)[]).filter(
    (field) =>
      field !== 'revision' && field !== 'updatedAtMs' && JSON.stringify(before[field]) !== JSON.stringify(after[field]),
  );

const changePrice = (price: ModelPrice, patch: NonNullable<ModelPatch['price']>): ModelPrice => {
  const perCallMicros = patch.perCallMicros ?? price.perCallMicros;
  const perRowMicros = patch.perRowMicros ?? price.perRowMicros;
  const same =
    parseRate(perCallMicros) === parseRate(price.perCallMicros) &&
    parseRate(perRowMicros) === parseRate(price.perRowMicros);
  return same ? price : { perCallMicros, perRowMicros, version: price.version + 1 };
};
