// A model that an operator keeps from everybody. All else of it stays as it is, so that it comes back as it was.
import type { Model } from '../ports.ts';

/** @param reason - undefined: it is reinstated @returns the same model when nothing changes */
export const suspendModel = (model: Model, reason: string | undefined, nowMs: number): Model => {
  if ((model.suspension === undefined) === (reason === undefined)) return model;
  const { suspension: _, ...rest } = model;
  const suspension = reason === undefined ? {} : { suspension: { atMs: nowMs, reason } };
  return { ...rest, ...suspension, revision: model.revision + 1, updatedAtMs: nowMs };
};
