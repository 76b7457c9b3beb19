// Models as scikit-learn, LightGBM and XGBoost export them (test/golden/executor/make-models.py), compiled and proven
// against onnxruntime in this very process.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileModel } from '../../lambdas/shared/executor/compile/compile-model.ts';
import { proveExecutor } from '../../lambdas/shared/executor/prove/prove-executor.ts';
import { onnxruntimeRunner } from '../support/onnxruntime-runner.ts';

const folder = new URL('../golden/executor/models/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace('.onnx', ''));
const read = (name: string) => new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder)));

/** What is left to onnxruntime, and why. */
const unsupported: Readonly<Record<string, string>> = {
  nearest: 'operator Scan',
  poisson: 'MatMul: by 1 dimensions',
  svc: 'operator SVMClassifier of ai.onnx.ml',
  svr: 'operator SVMRegressor of ai.onnx.ml',
};

/** Trees alone: every output equal to the bit. */
const exact = names.filter(
  (name) =>
    !/^(mlp|voting)/.test(name) &&
    /^(tree|forest|extra-trees|bins|columns-ordinal|.*-regressor$|lightgbm-forest|xgboost-logistic)/.test(name),
);

it.each(names.filter((name) => !(name in unsupported)))('proves the export of %s', async (name) => {
  const model = read(name);
  const compiled = compileModel(model);
  if (!compiled.supported) throw new Error(compiled.reason);
  const runtime = await onnxruntimeRunner(model);
  try {
    const proof = await proveExecutor(compiled.bytes, runtime.run, { seed: 20_261_124 });
    expect(proof).toMatchObject({ proven: true });
    expect(proof.outputs.every((output) => output.exact)).toBe(exact.includes(name));
  } finally {
    await runtime.release();
  }
});

it.each(Object.entries(unsupported))('leaves %s to the runtime: %s', (name, reason) => {
  expect(compileModel(read(name))).toEqual({ supported: false, reason });
});

it('finds the difference when an answer is wrong', async () => {
  const compiled = compileModel(read('forest'));
  if (!compiled.supported) throw new Error(compiled.reason);
  const other = await onnxruntimeRunner(read('extra-trees'));
  try {
    const proof = await proveExecutor(compiled.bytes, other.run, { seed: 1 });
    expect(proof.proven).toBe(false);
    expect(proof.difference).toMatch(/^output '(label|probabilities)', batch of \d+, element \d+: .+ against .+$/);
  } finally {
    await other.release();
  }
});
