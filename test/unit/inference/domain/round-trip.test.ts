// Any tensors of any datatypes, edges first, through JSON (flat or nested) and binary, in and out and over the way to the
// lane: what arrives is what was sent. Written and read here by naive code of the test's own.
import { gunzipSync, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseCoding } from '../../../../lambdas/inference/domain/answer-coding.ts';
import { encodeInferAnswer } from '../../../../lambdas/inference/domain/infer-answer.ts';
import { parseInferRequest } from '../../../../lambdas/inference/domain/infer-request.ts';
import {
  decodeRunAnswer,
  decodeRunRequest,
  encodeOutputs,
  encodeRunRequest,
} from '../../../../lambdas/inference/domain/run-message.ts';
import type { Tensor } from '../../../../lambdas/inference/domain/tensor.ts';
import { type Datatype, datatypes, type Signature } from '../../../../lambdas/shared/onnx/signature.ts';

type Value = number | bigint | boolean | string;
type Fixed = Exclude<Datatype, 'BYTES'>;

interface Kind {
  readonly size: number;
  /** Bits of the values where codecs err. */
  readonly edges: readonly bigint[];
  read(view: DataView, at: number): Value;
}

const integers = (size: number, ...more: readonly bigint[]) => {
  const sign = 1n << BigInt(size * 8 - 1);
  return { size, edges: [0n, 1n, sign - 1n, sign, sign + 1n, 2n * sign - 1n, ...more] };
};
// ±0, the least and most subnormal, the least normal and the greatest finite, ±∞, and NaNs of several payloads.
const halves = [0n, 0x8000n, 1n, 0x3ffn, 0x400n, 0x7bffn, 0x7c00n, 0xfc00n, 0x7e00n, 0x7c01n, 0xfe55n];
const singles = [0n, 0x8000_0000n, 1n, 0x7f_ffffn, 0x80_0000n, 0x7f7f_ffffn, 0x7f80_0000n, 0xff80_0000n, 0x7fc0_0000n];
const singleNans = [0x7f80_0001n, 0xffc1_2345n, 0x7fff_ffffn];
const doubles = [
  0n,
  1n << 63n,
  1n,
  0xf_ffff_ffff_ffffn,
  1n << 52n,
  0x7fef_ffff_ffff_ffffn,
  0x7ff0n << 48n,
  0xfff0n << 48n,
];
const doubleNans = [0x7ff8n << 48n, (0x7ff0n << 48n) + 1n, (0xfff8n << 48n) + 0x1234n];
/** Beside 2^53, where doubles begin to skip. */
const beyondDoubles = [(1n << 53n) - 1n, 1n << 53n, (1n << 53n) + 1n, -(1n << 53n) - 1n];

const kinds: Readonly<Record<Fixed, Kind>> = {
  BOOL: { size: 1, edges: [0n, 1n], read: (view, at) => view.getUint8(at) === 1 },
  UINT8: { ...integers(1), read: (view, at) => view.getUint8(at) },
  UINT16: { ...integers(2), read: (view, at) => view.getUint16(at, true) },
  UINT32: { ...integers(4), read: (view, at) => view.getUint32(at, true) },
  UINT64: { ...integers(8, ...beyondDoubles), read: (view, at) => view.getBigUint64(at, true) },
  INT8: { ...integers(1), read: (view, at) => view.getInt8(at) },
  INT16: { ...integers(2), read: (view, at) => view.getInt16(at, true) },
  INT32: { ...integers(4), read: (view, at) => view.getInt32(at, true) },
  INT64: { ...integers(8, ...beyondDoubles), read: (view, at) => view.getBigInt64(at, true) },
  FP16: { size: 2, edges: halves, read: () => Number.NaN },
  BF16: { size: 2, edges: halves, read: () => Number.NaN },
  FP32: { size: 4, edges: [...singles, ...singleNans], read: (view, at) => view.getFloat32(at, true) },
  FP64: { size: 8, edges: [...doubles, ...doubleNans], read: (view, at) => view.getFloat64(at, true) },
};

const bitsOf = (datatype: Fixed): fc.Arbitrary<bigint> => {
  const { size, edges } = kinds[datatype];
  const max = datatype === 'BOOL' ? 1n : (1n << BigInt(size * 8)) - 1n;
  return fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: 0n, max }));
};

const fixedData = (datatype: Fixed, count: number): fc.Arbitrary<Uint8Array> =>
  fc.array(bitsOf(datatype), { minLength: count, maxLength: count }).map((bits) => {
    const { size } = kinds[datatype];
    const data = Buffer.alloc(count * size);
    bits.forEach((value, index) => {
      for (let byte = 0; byte < size; byte++) data[index * size + byte] = Number((value >> BigInt(8 * byte)) & 255n);
    });
    return new Uint8Array(data);
  });

const text = fc.oneof(
  fc.constantFrom('', '"', '\\', '\u2028', '🦜', '\u007f', 'é'),
  fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\0')),
);

const textData = (count: number): fc.Arbitrary<Uint8Array> =>
  fc.array(text, { minLength: count, maxLength: count }).map((texts) => {
    const parts = texts.map((value) => Buffer.from(value));
    const lengths = parts.map(({ length }) => Buffer.from(Uint32Array.of(length).buffer));
    return new Uint8Array(Buffer.concat(parts.flatMap((part, index) => [lengths[index] ?? part, part])));
  });

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

const tensors: fc.Arbitrary<Tensor[]> = fc
  .array(fc.tuple(fc.constantFrom(...datatypes), fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 })), {
    minLength: 1,
    maxLength: 4,
  })
  .chain((described) =>
    fc.tuple(
      ...described.map(([datatype, shape], index) =>
        (datatype === 'BYTES' ? textData(product(shape)) : fixedData(datatype, product(shape))).map(
          (data): Tensor => ({ name: `x${index}`, datatype, shape, data }),
        ),
      ),
    ),
  );

const hasNoJson = (datatype: Datatype) => datatype === 'FP16' || datatype === 'BF16';

const valuesOf = ({ datatype, shape, data }: Tensor): Value[] => {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (datatype !== 'BYTES') {
    return Array.from({ length: product(shape) }, (_, i) => kinds[datatype].read(view, i * kinds[datatype].size));
  }
  const texts: string[] = [];
  for (let at = 0; at < data.length; ) {
    const end = at + 4 + view.getUint32(at, true);
    texts.push(Buffer.from(data.subarray(at + 4, end)).toString());
    at = end;
  }
  return texts;
};

const literal = (value: Value): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'number') return String(value);
  if (!Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? '-0' : String(value);
};

/** Flat, or as numpy's tolist() has it. */
const jsonOf = (values: readonly Value[], shape: readonly number[], nested: boolean): string => {
  if (!nested) return `[${values.map(literal).join(',')}]`;
  const [size, ...rest] = shape;
  if (size === undefined) return literal(values[0] ?? 0);
  const width = product(rest);
  return `[${Array.from({ length: size }, (_, i) => jsonOf(values.slice(i * width, (i + 1) * width), rest, true)).join(',')}]`;
};

const signatureOf = (sent: readonly Tensor[]): Signature => {
  const specs = sent.map(({ name, datatype, shape }) => ({
    name,
    datatype,
    shape: shape.map(() => -1),
    dims: shape.map(() => null),
  }));
  return { inputs: specs, outputs: specs };
};

const requestOf = (sent: readonly Tensor[], binary: boolean, nested: boolean) => {
  const binaries: Uint8Array[] = [];
  const inputs = sent.map((tensor) => {
    const head = `"name":"${tensor.name}","datatype":"${tensor.datatype}","shape":[${tensor.shape.join(',')}]`;
    if (!binary && !hasNoJson(tensor.datatype)) {
      return `{${head},"data":${jsonOf(valuesOf(tensor), tensor.shape, nested)}}`;
    }
    binaries.push(tensor.data);
    return `{${head},"parameters":{"binary_data_size":${tensor.data.length}}}`;
  });
  const outputs = sent.map(
    ({ name, datatype }) => `{"name":"${name}","parameters":{"binary_data":${binary || hasNoJson(datatype)}}}`,
  );
  const json = Buffer.from(`{"inputs":[${inputs.join(',')}],"outputs":[${outputs.join(',')}]}`);
  return { body: Buffer.concat([json, ...binaries]), headerBytes: json.length };
};

/** To the lane and back, as JSON carries it. */
const throughLane = async (inputs: readonly Tensor[]): Promise<readonly Tensor[]> => {
  const artifact = { key: 'k', sha256: 'a'.repeat(64), sizeBytes: 1 };
  const job = { lane: 'run-2gib' as const, artifact, inputs, outputs: inputs.map(({ name }) => name) };
  const asked = decodeRunRequest(JSON.parse(JSON.stringify(encodeRunRequest(job))));
  const answered = JSON.stringify(encodeOutputs(asked.inputs, { loadMs: 0, runMs: 0 }));
  const outcome = decodeRunAnswer(JSON.parse(answered));
  if (!outcome.ok) throw new Error(`the lane must give the tensors back: ${JSON.stringify(outcome)}`);
  return outcome.outputs;
};

const exact = (_: string, value: unknown, { source }: { source?: string }) =>
  typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && source !== '-0'
    ? BigInt(source)
    : value;

/** A value of JSON as the datatype has it. */
const toValue = (datatype: Datatype, value: unknown): unknown => {
  if (datatype === 'INT64' || datatype === 'UINT64') return value;
  if (typeof value === 'bigint') return Number(value);
  const named = { NaN: Number.NaN, Infinity: Number.POSITIVE_INFINITY, '-Infinity': Number.NEGATIVE_INFINITY };
  const float = datatype === 'FP32' || datatype === 'FP64';
  return float && typeof value === 'string' ? named[value as keyof typeof named] : value;
};

const rounded = (datatype: Datatype, value: unknown) =>
  datatype === 'FP32' && typeof value === 'number' ? Math.fround(value) : value;

const checkAnswer = (body: Buffer, headerBytes: number | undefined, sent: readonly Tensor[]) => {
  const { outputs } = JSON.parse(body.toString('utf8', 0, headerBytes ?? body.length), exact) as {
    outputs: { name: string; shape: unknown[]; data?: unknown[]; parameters?: { binary_data_size: bigint } }[];
  };
  expect(outputs.map(({ name }) => name)).toEqual(sent.map(({ name }) => name));
  let at = headerBytes ?? body.length;
  for (const [index, { shape, data, parameters }] of outputs.entries()) {
    const tensor = sent[index];
    if (!tensor) throw new Error('no such tensor was sent');
    expect(shape.map(Number)).toEqual(tensor.shape);
    if (data) {
      const got = data.map((value) => rounded(tensor.datatype, toValue(tensor.datatype, value)));
      // Object.is, so that −0 and NaN count.
      expect(got).toStrictEqual(valuesOf(tensor));
    } else {
      const size = Number(parameters?.binary_data_size);
      expect(body.subarray(at, at + size).equals(tensor.data)).toBe(true);
      at += size;
    }
  }
  expect(at).toBe(body.length);
};

/** JSON has one word for all NaNs. */
const withOneNan = ({ datatype, data }: Tensor): Buffer => {
  const copy = Buffer.from(data);
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  for (let at = 0; datatype === 'FP32' && at < data.length; at += 4) {
    if (Number.isNaN(view.getFloat32(at, true))) view.setUint32(at, 0x7fc0_0000, true);
  }
  for (let at = 0; datatype === 'FP64' && at < data.length; at += 8) {
    if (Number.isNaN(view.getFloat64(at, true))) view.setBigUint64(at, 0x7ff8n << 48n, true);
  }
  return copy;
};

const codings = { gzip: gunzipSync, deflate: inflateSync, identity: (body: Uint8Array) => Buffer.from(body) } as const;

describe('tensors of every datatype', () => {
  it.each([
    { form: 'binary', binary: true, nested: false },
    { form: 'flat JSON', binary: false, nested: false },
    { form: 'nested JSON', binary: false, nested: true },
  ])('arrive as $form bit for bit, and come back so', async ({ binary, nested }) => {
    await fc.assert(
      fc.asyncProperty(tensors, fc.constantFrom('gzip', 'deflate', 'identity'), async (sent, accepted) => {
        const { body, headerBytes } = requestOf(sent, binary, nested);
        const call = parseInferRequest(body, headerBytes, signatureOf(sent));
        const inBytes = (tensor: Tensor) => binary || hasNoJson(tensor.datatype);
        for (const [index, tensor] of sent.entries()) {
          const got = call.inputs[index] ?? tensor;
          expect([got.name, got.datatype, got.shape]).toEqual([tensor.name, tensor.datatype, tensor.shape]);
          if (inBytes(tensor)) expect(Buffer.from(got.data).equals(tensor.data)).toBe(true);
          else expect(withOneNan(got).equals(withOneNan(tensor))).toBe(true);
        }
        const outputs = await throughLane(call.inputs);
        const answer = encodeInferAnswer(
          {
            model: 'acme.echo',
            version: '1.0.0',
            id: undefined,
            requested: call.outputs,
            rowCount: 1,
            coding: chooseCoding(`${accepted}${accepted === 'identity' ? '' : ', identity;q=0'}`),
          },
          outputs,
        );
        const length = answer.headers['inference-header-content-length'];
        checkAnswer(
          codings[accepted](Buffer.from(answer.body)),
          length === undefined ? undefined : Number(length),
          sent,
        );
      }),
      { numRuns: 500 },
    );
  });
});
