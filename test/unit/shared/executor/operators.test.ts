// Every operator and attribute, against what Python's onnxruntime answers.
import { expect, it } from 'vitest';
import { compileModel } from '../../../../lambdas/shared/executor/compile/compile-model.ts';
import { operators } from '../../../../lambdas/shared/executor/compile/operators.ts';
import { ExecutorRefusal } from '../../../../lambdas/shared/executor/executor-refusal.ts';
import type { ExecutorTensor } from '../../../../lambdas/shared/executor/executor-tensor.ts';
import { loadExecutor } from '../../../../lambdas/shared/executor/load-executor.ts';
import { compareTensors } from '../../../../lambdas/shared/executor/prove/compare-tensors.ts';
import { readModel } from '../../../../lambdas/shared/onnx/read-model.ts';
import { type GoldenCase, goldenCases } from '../../../support/executor-golden.ts';

const cases = goldenCases();

const compiled = ({ model }: GoldenCase): Uint8Array => {
  const made = compileModel(model);
  if (!made.supported) throw new Error(`unsupported: ${made.reason}`);
  return made.bytes;
};

it.each(cases)('answers as the runtime does: $name', (golden) => {
  const executor = loadExecutor(compiled(golden));
  for (const { inputs, outputs } of golden.runs) {
    const names = executor.outputs.map(({ name }) => name);
    if (!outputs) {
      expect(() => executor.run(inputs, names)).toThrow(ExecutorRefusal);
      continue;
    }
    const answers = executor.run(inputs, names);
    for (const [index, { name, exact }] of executor.outputs.entries()) {
      const compared = compareTensors(
        answers[index] as ExecutorTensor,
        outputs[name] as ExecutorTensor,
        exact ? 'exact' : 'close',
      );
      expect(compared, `output '${name}'${exact ? ', to the bit' : ''}`).toMatchObject({ equal: true });
    }
  }
});

it('has a case for every operator that is compiled', () => {
  const tried = new Set(cases.flatMap(({ model }) => readModel(model).graph?.node.map(({ opType }) => opType) ?? []));
  const compiledOperators = Object.values(operators).flatMap((names) => Object.keys(names));
  expect(compiledOperators.filter((name) => !tried.has(name))).toEqual([]);
});
