// What passes: the signature it is given, and that it does not matter how the bytes arrive.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createModelScan } from '../../../../lambdas/shared/onnx/scan-model.ts';
import { block, floats, graph, int, model, node, tensorType, text, value } from '../../../support/onnx-builder.ts';

const demo = (name: string) => readFileSync(new URL(`../../../../local/demo/models/${name}.onnx`, import.meta.url));

const scan = (bytes: Uint8Array, chunkBytes = bytes.length || 1) => {
  const running = createModelScan();
  for (let at = 0; at < bytes.length; at += chunkBytes) running.push(bytes.subarray(at, at + chunkBytes));
  return running.finish();
};

const signatureOf = (bytes: Uint8Array) => {
  const report = scan(bytes);
  if (!report.ok) throw new Error(JSON.stringify(report.rejection));
  return report.signature;
};

const typed = (inputs: readonly (readonly number[])[], outputs: readonly (readonly number[])[]) =>
  Uint8Array.from([
    ...int(1, 10),
    ...block(8, int(2, 21)),
    ...block(
      7,
      block(1, node()),
      ...inputs.map((bytes) => block(11, bytes)),
      ...outputs.map((bytes) => block(12, bytes)),
    ),
  ]);

describe('the signature', () => {
  it.each([
    {
      name: 'iris',
      inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 4], dims: [null, 4] }],
      outputs: [
        { name: 'label', datatype: 'INT64', shape: [-1], dims: [null] },
        { name: 'probabilities', datatype: 'FP32', shape: [-1, 3], dims: [null, 3] },
      ],
    },
    {
      name: 'wine',
      inputs: [{ name: 'X', datatype: 'FP32', shape: [-1, 13], dims: [null, 13] }],
      outputs: [
        { name: 'output_label', datatype: 'INT64', shape: [-1], dims: [null] },
        { name: 'output_probability', datatype: 'FP32', shape: [-1, 3], dims: [null, 3] },
      ],
    },
  ])(
    'of the demo model $name is the one of its graph, a ZipMap’s output being its matrix',
    ({ name, inputs, outputs }) => {
      expect(signatureOf(demo(name))).toEqual({ inputs, outputs, batchInput: 'X' });
    },
  );

  it.each([
    [1, 'FP32'],
    [2, 'UINT8'],
    [3, 'INT8'],
    [4, 'UINT16'],
    [5, 'INT16'],
    [6, 'INT32'],
    [7, 'INT64'],
    [8, 'BYTES'],
    [9, 'BOOL'],
    [10, 'FP16'],
    [11, 'FP64'],
    [12, 'UINT32'],
    [13, 'UINT64'],
  ])('has ONNX’s element type %i as %s', (elementType, datatype) => {
    const signature = signatureOf(
      typed([value('x', tensorType(elementType, [1]))], [value('y', tensorType(elementType, []))]),
    );
    expect(signature.inputs[0]).toMatchObject({ datatype, shape: [1] });
    expect(signature.outputs[0]).toMatchObject({ datatype, shape: [] });
  });

  it('has open sizes as -1, with their names where they have one', () => {
    const { inputs } = signatureOf(
      typed([value('x', tensorType(1, ['batch', 3, null, 0, -1, '']))], [value('y', tensorType(1))]),
    );
    expect(inputs[0]).toMatchObject({ shape: [-1, 3, -1, 0, -1, -1], dims: ['batch', 3, null, 0, null, null] });
  });

  it('counts rows by the first input whose dimension 0 is open', () => {
    const inputs = [value('a', tensorType(1, [])), value('b', tensorType(1, [2])), value('c', tensorType(1, ['n', 2]))];
    expect(signatureOf(typed(inputs, [value('y', tensorType(1))])).batchInput).toBe('c');
    expect(signatureOf(typed(inputs.slice(0, 2), [value('y', tensorType(1))]))).not.toHaveProperty('batchInput');
  });

  it('leaves out inputs that an initializer feeds', () => {
    const bytes = model(graph([node()], block(11, value('w', tensorType(1, [2]))), block(5, floats('w', [2]))));
    expect(signatureOf(bytes).inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('keeps names as they are, whatever script they are in', () => {
    const name = '\uFEFF入力 ☃ "x"';
    expect(signatureOf(typed([value(name, tensorType(1, [1]))], [value('y', tensorType(1))])).inputs[0]?.name).toBe(
      name,
    );
  });
});

it('says which operator sets the model wants, ai.onnx under the empty name', () => {
  const bytes = model(graph(), block(8, text(1, 'ai.onnx'), int(2, 21)), block(8, text(1, 'ai.onnx.ml'), int(2, 3)));
  expect(scan(bytes)).toMatchObject({ ok: true, opsets: { '': 21, 'ai.onnx.ml': 3 } });
});

it.each(['iris', 'wine', 'breast-cancer', 'diabetes'])(
  'comes to one verdict on %s however its bytes arrive',
  (name) => {
    const bytes = demo(name);
    const whole = scan(bytes);
    expect(whole.ok).toBe(true);
    for (const chunkBytes of [1, 2, 3, 64, 1000]) expect(scan(bytes, chunkBytes)).toEqual(whole);
  },
);

it('comes to one verdict on a prefix however its bytes arrive', () => {
  const bytes = demo('iris');
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 50 }), (length, chunkBytes) => {
      const prefix = bytes.subarray(0, length);
      expect(scan(prefix, chunkBytes)).toEqual(scan(prefix));
    }),
    { numRuns: 200, seed: 7 },
  );
});

it('takes no model that ends within its graph', () => {
  const bytes = model();
  for (let length = 0; length < bytes.length; length++) expect(scan(bytes.subarray(0, length)).ok).toBe(false);
});

it('holds no tensor: a large one passes in the memory of a chunk', () => {
  const chunk = new Uint8Array(1 << 20);
  const sizeMiB = 300;
  const content = { dims: int(1, (sizeMiB << 20) / 4), rest: [...int(2, 1), ...text(8, 'w')] };
  const tensorBytes = content.dims.length + content.rest.length + 6 + (sizeMiB << 20);
  const head = (field: number, length: number) => [...int(field, length).slice(1)];
  const raw = [9 * 8 + 2, ...head(9, sizeMiB << 20)];
  expect(raw.length).toBe(6);
  const initializer = [5 * 8 + 2, ...head(5, tensorBytes)];
  const others = graph();
  const graphBytes = others.length + initializer.length + tensorBytes;
  const running = createModelScan();
  running.push(
    Uint8Array.from([
      ...int(1, 10),
      7 * 8 + 2,
      ...head(7, graphBytes),
      ...others,
      ...initializer,
      ...content.dims,
      ...content.rest,
      ...raw,
    ]),
  );
  const before = process.memoryUsage();
  let most = 0;
  for (let i = 0; i < sizeMiB; i++) {
    running.push(chunk);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    most = Math.max(most, heapUsed + arrayBuffers);
  }
  expect(running.finish()).toMatchObject({ ok: true });
  expect(most - before.heapUsed - before.arrayBuffers).toBeLessThan(64 << 20);
});
