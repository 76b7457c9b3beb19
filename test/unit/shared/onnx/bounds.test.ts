// The newest versions that pass are the newest that the runtime reads: an upgrade of the runtime shows here.
import { InferenceSession } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { modelBounds } from '../../../../lambdas/shared/onnx/bounds.ts';
import { block, graph, int, text } from '../../../support/onnx-builder.ts';

const { irVersionMax, opsetMax, opsetMlMax } = modelBounds;

const loads = async ({ ir = 10, opset = 21, ml = 3 }) => {
  const bytes = [
    ...int(1, ir),
    ...block(8, text(1, ''), int(2, opset)),
    ...block(8, text(1, 'ai.onnx.ml'), int(2, ml)),
    ...block(7, graph()),
  ];
  try {
    await (await InferenceSession.create(Uint8Array.from(bytes), { logSeverityLevel: 4 })).release();
    return true;
  } catch {
    return false;
  }
};

it.each([
  { newest: { ir: irVersionMax }, next: { ir: irVersionMax + 1 } },
  { newest: { opset: opsetMax }, next: { opset: opsetMax + 1 } },
  { newest: { ml: opsetMlMax }, next: { ml: opsetMlMax + 1 } },
])('$newest loads, $next does not', async ({ newest, next }) => {
  expect(await loads(newest)).toBe(true);
  expect(await loads(next)).toBe(false);
});
