// The TypeScript lane's part of a cold start: a compiled model from S3 into the executor, one row through it. Bundled as
// functions are.
import { s3Artifacts } from '../../lambdas/inference/adapters/s3-artifacts.ts';
import type { StoredFile } from '../../lambdas/inference/ports.ts';
import { type Executor, loadExecutor } from '../../lambdas/shared/executor/load-executor.ts';
import { signedObjects } from '../../lambdas/shared/platform/signed/objects.ts';

export interface LaneEvent {
  readonly flat: StoredFile;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const artifacts = s3Artifacts(signedObjects(), process.env.ARTIFACTS_BUCKET ?? '');
let executor: Executor | undefined;

export const handler = async ({ flat, shape, data }: LaneEvent) => {
  executor ??= loadExecutor(await artifacts.read(flat));
  const [y] = executor.run({ x: { datatype: 'FP32', shape, data: Float32Array.from(data) } }, ['y']);
  if (y?.datatype !== 'FP32') throw new Error('the model must give floats');
  return { shape: y.shape, data: Array.from(y.data) };
};
