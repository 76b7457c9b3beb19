// The n-th mutation of a seed: the same bytes every time, whatever is made before or after.
import { seededRandom } from '../../../lambdas/shared/numeric/seeded-random.ts';
import { mutateModel } from '../../support/mutate-model.ts';
import type { GoodModel, GoodModels } from './good-models.ts';
import { mutateBytes } from './mutate-bytes.ts';

export interface Mutation {
  readonly index: number;
  /** Of the model it was. */
  readonly of: string;
  readonly kind: 'meaning' | 'bytes';
  readonly bytes: Uint8Array;
}

const LARGE_SHARE = 0.01;

/** @param seed - of the whole series */
export const makeMutation = ({ small, large }: GoodModels, seed: number, index: number): Mutation => {
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const from: readonly GoodModel[] = large.length > 0 && random.uniform() < LARGE_SHARE ? large : small;
  const model = random.pick(from);
  const kind = random.uniform() < 0.5 ? 'meaning' : 'bytes';
  if (kind === 'meaning') return { index, of: model.name, kind, bytes: mutateModel(model.bytes, random) };
  let { bytes } = model;
  for (let count = 1 + random.below(3); count > 0; count--)
    bytes = mutateBytes(bytes, random, random.pick(small).bytes);
  return { index, of: model.name, kind, bytes };
};
