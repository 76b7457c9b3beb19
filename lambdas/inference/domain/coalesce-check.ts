// Tries whether a loaded model answers rows alike, alone and together. The graph has said so before (proveRowWise); this
// sees what no rule does: a runtime whose kernels round otherwise for a batch, or err.

import { type Random, seededRandom } from '../../shared/numeric/seeded-random.ts';
import type { Datatype } from '../../shared/onnx/signature.ts';
import type { RuntimeTensor, Session } from '../ports.ts';
import { joinRuns, type RowsRun, splitOutputs } from './coalesce.ts';
import { ModelRefusal } from './model-refusal.ts';
import { alignedBuffer, elementBytes, type Tensor, writeStrings } from './tensor.ts';

export type RowCheck =
  /** `exact`: to the bit; else within CLOSE. */
  { readonly alike: true; readonly exact: boolean } | { readonly alike: false; readonly reason: string };

/** How far a float may be from that of a lone run, by the larger of 1 and its size: rounding in another order. */
export const CLOSE = 1e-6;
/** Of half floats, which keep eleven bits. */
const CLOSE_HALF = 2e-3;

/** Rows of the runs that are joined: kernels change with the size of a batch. */
const batches: readonly (readonly number[])[] = [
  [1, 1],
  [1, 1, 2, 3],
  [5, 1, 8, 2, 1, 16, 4],
];

const fills = ['random', 'ones', 'zeros'] as const;
/** For dimensions that are open beside the rows'. */
const openSizes = [1, 16] as const;

/** Blocks the thread while the model runs; belongs into a process that may be killed. */
export const checkRowsAlike = async (session: Session, seed: number): Promise<RowCheck> => {
  let exact = true;
  let tried = false;
  let refusal = 'no outputs';
  const random = seededRandom(seed);
  for (const openSize of openSizes) {
    if (openSize > 1 && !session.inputs.some(({ shape }) => shape.indexOf(-1, 1) > 0)) continue;
    for (const fill of fills) {
      // Zeros and ones are for models that refuse made-up values.
      if (fill !== 'random' && tried) continue;
      for (const rowCounts of batches) {
        const check = await tryBatch(session, { rowCounts, openSize, fill }, random);
        if (check.state === 'differs') return { alike: false, reason: check.reason };
        if (check.state === 'refused') refusal = check.reason;
        else tried = true;
        if (check.state === 'alike') exact &&= check.exact;
      }
    }
  }
  return tried ? { alike: true, exact } : { alike: false, reason: `no trial could run: ${refusal}` };
};

type Tried =
  | { readonly state: 'alike'; readonly exact: boolean }
  | { readonly state: 'differs' | 'refused'; readonly reason: string };

interface Trial {
  readonly rowCounts: readonly number[];
  readonly openSize: number;
  readonly fill: (typeof fills)[number];
}

const tryBatch = async (session: Session, trial: Trial, random: Random): Promise<Tried> => {
  const outputs = session.outputs.map(({ name }) => name);
  const runs = trial.rowCounts.map(
    (rowCount): RowsRun => ({
      inputs: session.inputs.map((input) => rowsFor(input, rowCount, trial, random)),
      outputs,
    }),
  );
  const lone: (readonly Tensor[])[] = [];
  try {
    for (const { inputs } of runs) lone.push(await session.run(inputs, outputs));
  } catch (fault) {
    if (fault instanceof ModelRefusal) return { state: 'refused', reason: fault.message };
    throw fault;
  }
  const joint = await refusing(() => session.run(joinRuns(runs).inputs, outputs));
  if (typeof joint === 'string') return { state: 'differs', reason: `rows that run alone fail together: ${joint}` };
  const parts = splitOutputs(joint, trial.rowCounts);
  if (!parts) return { state: 'differs', reason: 'there is not one row of outputs for each row' };
  let exact = true;
  for (const [run, own] of lone.entries()) {
    for (const [index, tensor] of own.entries()) {
      const distance = compare(parts[run]?.[index], tensor);
      if (distance === undefined) return { state: 'differs', reason: `output '${tensor.name}' differs in a batch` };
      exact &&= distance === 0;
    }
  }
  return { state: 'alike', exact };
};

const refusing = async (call: () => Tensor[] | Promise<Tensor[]>): Promise<Tensor[] | string> => {
  try {
    return await call();
  } catch (fault) {
    if (fault instanceof ModelRefusal) return fault.message;
    throw fault;
  }
};

const rowsFor = ({ name, datatype, shape }: RuntimeTensor, rowCount: number, trial: Trial, random: Random): Tensor => {
  const sizes = shape.map((size, index) => (index === 0 ? rowCount : size === -1 ? trial.openSize : size));
  const elements = sizes.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: elements }, () => {
    if (trial.fill !== 'random') return trial.fill === 'ones' ? 1 : 0;
    return /^(FP|BF)/.test(datatype) ? random.normal() : random.below(3);
  });
  return { name, datatype, shape: sizes, data: bytesOf(datatype, numbers) };
};

const arrays = {
  UINT8: Uint8Array,
  INT8: Int8Array,
  UINT16: Uint16Array,
  INT16: Int16Array,
  UINT32: Uint32Array,
  INT32: Int32Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

const bytesOf = (datatype: Datatype, numbers: readonly number[]): Uint8Array => {
  if (datatype === 'BYTES') return writeStrings(numbers.map((number) => ['', '1', 'a'][number] ?? ''));
  if (datatype === 'BOOL') return Uint8Array.from(numbers, (number) => (number > 0 ? 1 : 0));
  if (datatype === 'INT64' || datatype === 'UINT64') return new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
  // The upper half of a float32 is a BF16; halves of 1 and its neighbours are enough of FP16.
  if (datatype === 'BF16') return new Uint8Array(Uint16Array.from(numbers, upperHalf).buffer);
  if (datatype === 'FP16') return new Uint8Array(Uint16Array.from(numbers, (number) => toHalf(number)).buffer);
  return new Uint8Array(arrays[datatype].from(numbers).buffer);
};

const upperHalf = (number: number): number => (new Uint32Array(Float32Array.of(number).buffer)[0] ?? 0) >>> 16;

/** Cuts off what a half does not hold; beyond its range the ends. */
const toHalf = (number: number): number => {
  const size = Math.min(Math.abs(number), 60_000);
  const sign = number < 0 ? 0x8000 : 0;
  if (size < 2 ** -14) return sign;
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | Math.floor((size / 2 ** exponent - 1) * 1024);
};

const fromHalf = (bits: number): number => {
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  const size =
    exponent === 0 ? fraction * 2 ** -14 : exponent === 31 ? Infinity : (1 + fraction) * 2 ** (exponent - 15);
  return (bits & 0x8000 ? -1 : 1) * (exponent === 31 && fraction > 0 ? Number.NaN : size);
};

/** @returns 0 when equal to the bit, the distance when close enough; undefined: they differ */
const compare = (joint: Tensor | undefined, lone: Tensor): number | undefined => {
  if (!joint || joint.datatype !== lone.datatype || joint.shape.join() !== lone.shape.join()) return undefined;
  if (Buffer.compare(joint.data, lone.data) === 0) return 0;
  const limit = lone.datatype === 'FP16' ? CLOSE_HALF : CLOSE;
  const [ours, theirs] = [floatsOf(joint), floatsOf(lone)];
  if (!ours || !theirs) return undefined;
  let farthest = Number.MIN_VALUE;
  for (let index = 0; index < theirs.length; index++) {
    const [a, b] = [ours[index] ?? Number.NaN, theirs[index] ?? Number.NaN];
    if (Object.is(a, b) || a === b) continue;
    const distance = Math.abs(a - b) / Math.max(1, Math.abs(b));
    // Not a number, or infinitely far: no distance at all.
    if (!(distance <= limit)) return undefined;
    farthest = Math.max(farthest, distance);
  }
  return farthest;
};

const floatsOf = ({ datatype, data }: Tensor): ArrayLike<number> | undefined => {
  if (datatype !== 'FP32' && datatype !== 'FP64' && datatype !== 'FP16') return undefined;
  const size = elementBytes[datatype];
  const { buffer, byteOffset } = alignedBuffer(data, size);
  const length = data.length / size;
  if (datatype === 'FP32') return new Float32Array(buffer, byteOffset, length);
  if (datatype === 'FP64') return new Float64Array(buffer, byteOffset, length);
  return Array.from(new Uint16Array(buffer, byteOffset, length), fromHalf);
};
