// A classifier as scikit-learn's converter leaves it is served as one whose outputs are tensors, with the same answers.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { cutZipMaps } from '../../../../lambdas/shared/onnx/cut-zipmap.ts';
import { createModelScan } from '../../../../lambdas/shared/onnx/scan-model.ts';
import { attribute, block, int, node, tensorType, text, value } from '../../../support/onnx-builder.ts';

const read = (path: string) => readFileSync(new URL(`../../../../${path}`, import.meta.url));
const wine = read('local/demo/models/wine.onnx');

const scan = (bytes: Uint8Array) => {
  const running = createModelScan();
  running.push(bytes);
  return running.finish();
};

interface Golden {
  readonly input: { readonly shape: number[]; readonly data: number[] };
  readonly labels: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
}

describe('the wine model', () => {
  const golden: Golden = JSON.parse(read('test/golden/onnx/zipmap.json').toString());

  it('answers, once cut, what it answers as it was uploaded', async () => {
    const session = await InferenceSession.create(cutZipMaps(wine), { logSeverityLevel: 4 });
    const { output_label, output_probability } = await session.run({
      X: new Tensor('float32', Float32Array.from(golden.input.data), golden.input.shape),
    });
    expect(Array.from(output_label?.data as BigInt64Array, Number)).toEqual(golden.labels);
    expect(output_probability?.dims).toEqual([golden.probabilities.length, 3]);
    expect(Array.from(output_probability?.data as Float32Array)).toEqual(golden.probabilities.flat());
  });

  it('is, once cut, a model that needs no cut', () => {
    const cut = cutZipMaps(wine);
    const [before, after] = [scan(wine), scan(cut)];
    expect(before).toMatchObject({ ok: true, zipMaps: 1 });
    expect(after).toMatchObject({ ok: true, zipMaps: 0, edits: [] });
    expect(after.ok && after.signature).toEqual(before.ok && before.signature);
    expect(cutZipMaps(cut)).toBe(cut);
  });
});

const sequenceOfMaps = block(4, block(1, block(5, int(1, 7), block(2, tensorType(1)))));
const zipMap = (input: string, output: string, ...labels: (readonly number[])[]) =>
  node({
    op: 'ZipMap',
    domain: 'ai.onnx.ml',
    input,
    output,
    attributes: [attribute('classlabels_strings', ...labels)],
  });

const classifier = (nodes: readonly (readonly number[])[], outputs: readonly (readonly number[])[]) =>
  Uint8Array.from([
    ...int(1, 10),
    ...block(8, int(2, 21)),
    ...block(8, text(1, 'ai.onnx.ml'), int(2, 3)),
    ...block(
      7,
      ...nodes.map((one) => block(1, one)),
      block(11, value('x', tensorType(1, ['n', 2]))),
      ...outputs.map((one) => block(12, one)),
    ),
  ]);

const load = async (bytes: Uint8Array) => InferenceSession.create(bytes, { logSeverityLevel: 4 });

describe('a ZipMap', () => {
  it('with labels of text gives way as well, its width counted from them', async () => {
    const model = classifier([zipMap('x', 'y', text(9, 'no'), text(9, 'yes'))], [value('y', sequenceOfMaps)]);
    expect(scan(model)).toMatchObject({
      ok: true,
      signature: { outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }] },
    });
    expect((await load(cutZipMaps(model))).outputNames).toEqual(['y']);
  });

  it('gives way where its output declares no type, which the runtime would find out', () => {
    const model = classifier([zipMap('x', 'y', text(9, 'a'))], [text(1, 'y')]);
    expect(scan(cutZipMaps(model))).toMatchObject({
      ok: true,
      signature: { outputs: [{ name: 'y', shape: [-1, 1] }] },
    });
  });

  it('may be one of several, its matrix an output of its own', async () => {
    const model = classifier(
      [
        zipMap('x', 'y', text(9, 'a'), text(9, 'b')),
        node({ op: 'Relu', output: 'r' }),
        zipMap('r', 'z', text(9, 'a'), text(9, 'b')),
      ],
      [value('y', sequenceOfMaps), value('r', tensorType(1, ['n', 2])), value('z', sequenceOfMaps)],
    );
    expect(scan(model)).toMatchObject({ ok: true, zipMaps: 2 });
    const session = await load(cutZipMaps(model));
    const answers = await session.run({ x: new Tensor('float32', Float32Array.of(-1, 2), [1, 2]) });
    expect(
      Object.fromEntries(Object.entries(answers).map(([name, { data }]) => [name, Array.from(data as Float32Array)])),
    ).toEqual({
      y: [-1, 2],
      r: [0, 2],
      z: [0, 2],
    });
  });

  it('gives way in a graph long enough for its length to need another byte more or less', async () => {
    for (let padding = 60; padding < 200; padding++) {
      const model = classifier(
        [
          zipMap('x', 'y', text(9, 'a'), text(9, 'b')),
          [...node({ op: 'Relu', output: 'unused' }), ...text(3, 'p'.repeat(padding))],
        ],
        [value('y', sequenceOfMaps)],
      );
      expect(scan(cutZipMaps(model))).toMatchObject({ ok: true, zipMaps: 0 });
    }
  });

  it('is left alone where its output does not leave the graph; sequences from elsewhere are refused', () => {
    const inner = classifier([zipMap('x', 'inner', text(9, 'a')), node()], [value('y', tensorType(1, ['n', 2]))]);
    expect(scan(inner)).toMatchObject({ ok: true, zipMaps: 0, edits: [] });
    const other = classifier([node({ op: 'SequenceConstruct' })], [value('y', block(4, block(1, tensorType(1))))]);
    expect(scan(other)).toMatchObject({ ok: false, rejection: { rule: 'unsupported_type', path: 'graph.output[0]' } });
  });

  it('is not cut from a model that was refused', () => {
    expect(() => cutZipMaps(wine.subarray(0, 100))).toThrow("refused for 'malformed'");
  });
});
