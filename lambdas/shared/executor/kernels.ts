// Every kernel by the name that steps have it under.
import type { Kernel } from './kernel.ts';
import { dense } from './kernels/dense.ts';
import { binary, equalTexts, spread, unary, where } from './kernels/elementwise.ts';
import { forest } from './kernels/forest.ts';
import { linearScores, postTransform } from './kernels/linear-scores.ts';
import { concat, fill, lookUp, pick, toText } from './kernels/move.ts';
import { affine, encode, impute, oneHot, scale } from './kernels/prepare.ts';
import { normalize, reduce, softmax } from './kernels/reduce.ts';

export const kernels: Readonly<Record<string, Kernel>> = {
  affine,
  binary,
  concat,
  dense,
  encode,
  equalTexts,
  fill,
  forest,
  impute,
  linearScores,
  lookUp,
  normalize,
  oneHot,
  pick,
  postTransform,
  reduce,
  scale,
  softmax,
  spread,
  toText,
  unary,
  where,
};
