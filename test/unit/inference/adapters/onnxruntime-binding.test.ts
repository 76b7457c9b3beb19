// The native binding called directly gives what the package's own interface gives, and is not used where it might not.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onnxruntime } from '../../../../lambdas/inference/adapters/onnxruntime.ts';
import {
  type Binding,
  openBinding,
  openDirect,
  openPackage,
  type RuntimeValue,
} from '../../../../lambdas/inference/adapters/onnxruntime-binding.ts';
import { endlessLoop, identityOf, tinyModel } from '../../../support/tiny-onnx.ts';

const require = createRequire(import.meta.filename);
const options = { intraOpNumThreads: 1, logSeverityLevel: 4 } as const;

const values: readonly (RuntimeValue & { readonly datatype: Parameters<typeof identityOf>[0] })[] = [
  { datatype: 'FP32', type: 'float32', data: Float32Array.of(1.5, -0, Number.NaN), dims: [3], location: 'cpu' },
  {
    datatype: 'FP64',
    type: 'float64',
    data: Float64Array.of(5e-324, Number.POSITIVE_INFINITY),
    dims: [2],
    location: 'cpu',
  },
  { datatype: 'FP16', type: 'float16', data: Uint16Array.of(0x3c00, 0x7e00), dims: [2], location: 'cpu' },
  {
    datatype: 'INT64',
    type: 'int64',
    data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
    dims: [2],
    location: 'cpu',
  },
  { datatype: 'UINT64', type: 'uint64', data: BigUint64Array.of(2n ** 64n - 1n), dims: [1], location: 'cpu' },
  { datatype: 'INT8', type: 'int8', data: Int8Array.of(-128, 127), dims: [2], location: 'cpu' },
  { datatype: 'BOOL', type: 'bool', data: Uint8Array.of(0, 1), dims: [2], location: 'cpu' },
  { datatype: 'BYTES', type: 'string', data: ['', 'ä€😀'], dims: [2], location: 'cpu' },
  { datatype: 'FP32', type: 'float32', data: new Float32Array(0), dims: [0], location: 'cpu' },
];

const runBy = async (binding: Binding, datatype: Parameters<typeof identityOf>[0], x: RuntimeValue) => {
  const session = await binding.create(tinyModel(identityOf(datatype)), options);
  const { y } = await session.run({ x }, ['y']);
  const { inputs, outputs } = session;
  await session.release();
  return { type: y?.type, data: y?.data, dims: y && [...y.dims], inputs, outputs };
};

describe('the direct binding', () => {
  const direct = openDirect(require);

  it('passes its self-check here, and is what is opened', () => {
    expect(direct?.kind).toBe('direct');
    expect(openBinding().kind).toBe('direct');
  });

  it.each(values)('gives $datatype $dims as the package does, to the bit', async ({ datatype, ...x }) => {
    if (!direct) throw new Error('the direct binding must open');
    expect(await runBy(direct, datatype, x)).toEqual(await runBy(openPackage(require), datatype, x));
  });

  it('refuses what the package refuses', async () => {
    for (const binding of [direct, openPackage(require)]) {
      await expect(async () => binding?.create(Uint8Array.of(1, 2, 3), options)).rejects.toThrow(/protobuf/i);
    }
  });

  it('keeps what many runs ask for apart', async () => {
    const session = await direct?.create(tinyModel(twoOutputs()), options);
    const x = { type: 'float32', data: Float32Array.of(2), dims: [1], location: 'cpu' } as const;
    for (const names of [['y'], ['z', 'y'], ['z'], ['y', 'z'], ['y']]) {
      expect(Object.keys((await session?.run({ x }, names)) ?? {}).sort()).toEqual([...names].sort());
    }
  });
});

/** Two outputs of one input. */
const twoOutputs = () => ({
  ...identityOf('FP32'),
  outputs: [
    { name: 'y', datatype: 'FP32', dims: ['n'] },
    { name: 'z', datatype: 'FP32', dims: ['n'] },
  ] as const,
  nodes: [
    { op: 'Identity', inputs: ['x'], outputs: ['y'] },
    { op: 'Neg', inputs: ['x'], outputs: ['z'] },
  ],
});

describe('where the direct binding might not be what was measured', () => {
  const withPackage = (found: Readonly<Record<string, unknown>>) =>
    Object.assign((name: string) => found[name] ?? require(name), require) as NodeJS.Require;

  it('another version of the package is not called directly', () => {
    expect(openDirect(withPackage({ 'onnxruntime-node/package.json': { version: '1.31.0' } }))).toBeUndefined();
  });

  it('nor one that computes something else', () => {
    const file = `onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`;
    class Session {
      readonly inputMetadata = [];
      readonly outputMetadata = [];
      loadModel() {}
      run() {
        return { y: { type: 'float32', data: Float32Array.of(1, 2), dims: [2], location: 'cpu' } };
      }
      dispose() {}
    }
    expect(openDirect(withPackage({ [file]: { InferenceSession: Session, initOrtOnce: () => {} } }))).toBeUndefined();
  });

  it('the package’s own interface runs models all the same', async () => {
    const session = await onnxruntime({ threadCount: 1 }, () => openPackage(require)).load(
      tinyModel(identityOf('FP32')),
    );
    const data = new Uint8Array(Float32Array.of(7).buffer);
    const [y] = await session.run([{ name: 'x', datatype: 'FP32', shape: [1], data }], ['y']);
    expect(y).toMatchObject({ name: 'y', datatype: 'FP32', shape: [1] });
    expect(Buffer.from(y?.data ?? []).readFloatLE()).toBe(7);
  });

  it('a runtime that cannot be loaded is not put down to the model', async () => {
    const missing = () => {
      throw new Error("Cannot find module 'onnxruntime-node'");
    };
    const load = onnxruntime({ threadCount: 1 }, missing).load(tinyModel(endlessLoop));
    await expect(load).rejects.toThrow('Cannot find module');
    await expect(load).rejects.not.toMatchObject({ name: 'ModelRefusal' });
  });

  it('the library keeps no telemetry, where nothing in the environment forbids it', () => {
    const home = mkdtempSync(join(tmpdir(), 'aimass-telemetry-'));
    try {
      const file = require.resolve('../../../../lambdas/inference/adapters/onnxruntime-binding.ts');
      const script = `const { openBinding } = await import(${JSON.stringify(file)}); console.log(openBinding().kind);`;
      const options = { env: { HOME: home, XDG_CACHE_HOME: home }, encoding: 'utf8' } as const;
      const kind = execFileSync(process.execPath, ['--input-type=module', '-e', script], options);
      expect(kind.trim()).toBe(openBinding().kind);
      expect(readdirSync(home)).toEqual([]);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
