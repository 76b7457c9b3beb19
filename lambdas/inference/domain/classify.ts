// Triton's classification extension: in place of an output its highest values, each as `value:index[:label]`.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { Datatype, TensorSpec } from '../../shared/onnx/signature.ts';
import { type NumberArray, readElements } from './read-elements.ts';
import { type Tensor, writeStrings } from './tensor.ts';

const unclassified: readonly Datatype[] = ['BYTES', 'BOOL', 'BF16'];

/** @throws DomainError malformed_request where values of that datatype have no order */
export const checkClassifiable = ({ name, datatype }: TensorSpec): void => {
  if (!unclassified.includes(datatype)) return;
  throw new DomainError(
    'unreadable',
    'malformed_request',
    `output '${name}' must be of numbers for the parameter 'classification', it is ${datatype}`,
  );
};

/**
 * The highest values of each row, highest first; equal ones by their index, NaN last. Rows are dimension 0 where the
 * signature leaves it open and others follow; else the whole output is one.
 * @param count - 1 or more; @returns BYTES of shape [rows, classes] or [classes], with at most `count` classes
 */
export const classify = (output: Tensor, spec: Pick<TensorSpec, 'shape'>, count: number): Tensor => {
  const { name, shape, datatype } = output;
  const isBatch = spec.shape[0] === -1 && shape.length > 1;
  const rows = isBatch ? (shape[0] ?? 0) : 1;
  const values = readElements(datatype, output.data);
  const width = rows === 0 ? product(shape.slice(1)) : values.length / rows;
  const classes = Math.min(count, width);
  const texts: string[] = [];
  for (let row = 0; row < rows; row++) {
    for (const index of highest(values.slice(row * width, (row + 1) * width), classes)) {
      texts.push(`${textOf(datatype, values[row * width + index] ?? 0)}:${index}`);
    }
  }
  return { name, datatype: 'BYTES', shape: isBatch ? [rows, classes] : [classes], data: writeStrings(texts) };
};

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

type Value = number | bigint;

/** Rows up to this width are sorted whole. */
const NARROW = 64;

/** Indexes of the `count` highest. */
const highest = (values: NumberArray, count: number): number[] => {
  const indexes: number[] = [];
  const least = values.length > NARROW ? leastOfHighest(values, count) : undefined;
  for (let index = 0; index < values.length; index++) {
    if (least === undefined || (values[index] ?? 0) >= least) indexes.push(index);
  }
  return indexes.sort((a, b) => compare(values[b] ?? 0, values[a] ?? 0) || a - b).slice(0, count);
};

/** What no value of the `count` highest is below; undefined where some of them are NaN. */
const leastOfHighest = (values: NumberArray, count: number): Value | undefined => {
  const ascending = values.slice().sort();
  // NaN is sorted to the end.
  let end = ascending.length;
  while (end > 0 && Number.isNaN(ascending[end - 1])) end--;
  return ascending[end - count];
};

/** NaN is below all. */
const compare = (a: Value, b: Value): number => {
  if (a === b || Object.is(a, b)) return 0;
  const nans = Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return nans || (a > b ? 1 : -1);
};

/** The fewest digits that name the value among those of its datatype. */
const textOf = (datatype: Datatype, value: Value): string => {
  if (datatype !== 'FP32' || typeof value !== 'number' || !Number.isFinite(value)) return String(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
};
