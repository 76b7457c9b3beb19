// A few hundred mutations of good models through scanner and runtime; `npm run test:hostile` runs thousands.
import { expect, it } from 'vitest';
import { attr, modelOf, node, value } from '../hostile/graph-writer.ts';
import { runMutations } from '../hostile/mutations/run-mutations.ts';
import { runTwins } from '../hostile/run-twins.ts';

it('end in a verdict each, and none answers memory that nobody wrote', async () => {
  const report = await runMutations(20_261_124, 600);
  const rejected = Object.values(report.rejected).reduce((a, b) => a + b, 0);
  expect(report.differing.map(({ index, of }) => `${index} of ${of}`)).toEqual([]);
  expect(report.leaked).toBe(0);
  expect(rejected + report.refused + report.same + report.contained).toBe(600);
  // Neither all refused nor all let through: the mutations are neither noise nor nothing.
  expect(rejected).toBeGreaterThan(60);
  expect(report.same).toBeGreaterThan(60);
});

it('would be seen to, as what the scanner keeps out is', async () => {
  const probit = modelOf({
    nodes: [
      node(
        'LinearClassifier',
        ['x'],
        ['label', 'y'],
        [
          attr.ints('classlabels_ints', [0, 1]),
          attr.text('post_transform', 'PROBIT'),
          attr.floats('coefficients', [0.1, 0.2]),
          attr.floats('intercepts', [0.1]),
        ],
        'ai.onnx.ml',
      ),
    ],
    outputs: [value('label', 'int64'), value('y', 'float')],
  });
  expect(await runTwins([probit])).toEqual([{ ended: 'ran', same: false, leaked: 0 }]);
});
