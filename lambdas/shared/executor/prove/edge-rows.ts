// Inputs that try a compiled model where it could go wrong: at its own thresholds and next to them, at its own
// categories and beside them, at the ends of the number line, and at random.
import type { Random } from '../../numeric/seeded-random.ts';
import type { ExecutorTensor } from '../executor-tensor.ts';
import { type ElementType, type PlainArray, type Plan, type Port, sizeAt } from '../plan.ts';

/** Values that a model itself asks for. */
export interface Landmarks {
  /** Thresholds of each input's columns, where trees ask for them directly. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
  /** All thresholds and known numbers, whatever they are compared with. */
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

export const landmarksOf = ({ inputs, steps }: Plan): Landmarks => {
  const columns = new Map<string, Map<number, number[]>>();
  const numbers: number[] = [];
  const texts: string[] = [];
  for (const { op, in: read, params } of steps) {
    const port = inputs.find(({ buffer }) => buffer === read[0]);
    if (op === 'forest') {
      const own = port && (columns.get(port.name) ?? new Map<number, number[]>());
      if (port && own) columns.set(port.name, own);
      for (const [starts, values, features] of [
        ['cutStarts', 'cuts', 'features'],
        ['valueStarts', 'setValues', 'setFeatures'],
      ] as const) {
        for (const [index, feature] of (params[features] as Int32Array).entries()) {
          const bounds = params[starts] as Int32Array;
          const some = Array.from((params[values] as PlainArray).subarray(bounds[index], bounds[index + 1]));
          own?.set(feature, [...(own.get(feature) ?? []), ...some]);
          for (const value of some) numbers.push(value);
        }
      }
    }
    const { keys, replaced } = params;
    if (Array.isArray(keys)) for (const key of keys) texts.push(String(key));
    else if (keys instanceof Float64Array || keys instanceof Float32Array) for (const key of keys) numbers.push(key);
    if (typeof replaced === 'number') numbers.push(replaced);
  }
  return { columns, numbers, texts };
};

const special = [
  0,
  -0,
  Number.NaN,
  Infinity,
  -Infinity,
  1e-45,
  -1e-45,
  1.1754942e-38,
  3.4028235e38,
  -3.4028235e38,
  1e10,
  -1e10,
];

/** Neighbours of a value: itself, the next float32 up and down. */
const beside = (value: number, random: Random): number => {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  float[0] = value;
  const step = random.below(3) - 1;
  if (Number.isFinite(float[0]) && float[0] !== 0) bits[0] = (bits[0] as number) + step;
  return float[0];
};

/** @param wild - with values that are not finite, or huge, among them */
const numberFor = (known: readonly number[], random: Random, wild: boolean): number => {
  const dice = random.uniform();
  if (wild && dice < 0.25) return random.pick(special);
  if (known.length > 0 && dice < 0.75) return beside(random.pick(known), random);
  if (known.length > 0 && dice < 0.9) return random.pick(known) + random.normal();
  return random.normal() * (dice < 0.95 ? 1 : 10);
};

const elementFor = (
  type: ElementType,
  known: readonly number[],
  landmarks: Landmarks,
  random: Random,
  wild: boolean,
) => {
  if (type === 'BYTES')
    return landmarks.texts.length > 0 && random.uniform() < 0.85
      ? random.pick(landmarks.texts)
      : random.pick(['', 'unseen', '0', '1', 'ä']);
  if (type === 'BOOL') return random.below(2);
  const number = numberFor(known, random, wild && (type === 'FP32' || type === 'FP64'));
  if (type === 'FP32' || type === 'FP64') return number;
  const whole = Number.isFinite(number) && Math.abs(number) < 1e6 ? Math.round(number) : 0;
  return type === 'INT64' ? BigInt(whole) : whole;
};

const makers = {
  FP32: Float32Array,
  FP64: Float64Array,
  INT64: BigInt64Array,
  INT32: Int32Array,
  BOOL: Uint8Array,
} as const;

/** One batch for every input of the model. */
export const edgeRows = (
  inputs: readonly Port[],
  landmarks: Landmarks,
  { rows, random, wild }: { readonly rows: number; readonly random: Random; readonly wild: boolean },
): Record<string, ExecutorTensor> =>
  Object.fromEntries(
    inputs.map(({ name, type, dims }): [string, ExecutorTensor] => {
      const shape = dims.map((dim) => sizeAt(dim, rows));
      const count = shape.reduce((product, size) => product * size, 1);
      const width = shape.at(-1) ?? 1;
      const own = landmarks.columns.get(name);
      const elements = Array.from({ length: count }, (_, index) =>
        elementFor(type, own?.get(index % width) ?? landmarks.numbers, landmarks, random, wild),
      );
      if (type === 'BYTES') return [name, { datatype: type, shape, data: elements as string[] }];
      const data = (makers[type] as { from(values: readonly unknown[]): unknown }).from(elements);
      return [name, { datatype: type, shape, data } as ExecutorTensor];
    }),
  );
