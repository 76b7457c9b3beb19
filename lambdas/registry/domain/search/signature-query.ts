// Which models take or give a tensor: `FP32[-1,30]`, `in:FP32[?,30]`, `out:INT64[-1]`; several, with blanks or commas
// between, must all hold.
import type { Signature, TensorSpec } from '../../../shared/onnx/signature.ts';

/** An open dimension of the caller's. */
const OPEN = -1;
/** Any dimension will do. */
const ANY = -2;

export interface TensorQuery {
  readonly side: 'in' | 'out';
  readonly datatype: string;
  /** undefined: any number of dimensions. */
  readonly shape: readonly number[] | undefined;
}

const tensor = /(?:(in|out):)?([A-Z0-9]{4,6})(?:\[([^\]]*)\])?(?:[\s,]+|$)/y;
const dimension = /^(?:-1|\?|\*|\d{1,9})$/;

/** @returns undefined when it is malformed */
export const parseTensorQueries = (text: string, datatypes: readonly string[]): TensorQuery[] | undefined => {
  const queries: TensorQuery[] = [];
  const trimmed = text.trim();
  tensor.lastIndex = 0;
  while (tensor.lastIndex < trimmed.length) {
    const found = tensor.exec(trimmed);
    if (!found) return undefined;
    const [, side, datatype = '', dimensions] = found;
    if (!datatypes.includes(datatype)) return undefined;
    const parts =
      dimensions === undefined || dimensions.trim() === '' ? [] : dimensions.split(',').map((d) => d.trim());
    if (!parts.every((part) => dimension.test(part))) return undefined;
    const shape = parts.map((part) => (part === '?' || part === '*' ? ANY : Number(part)));
    queries.push({
      side: side === 'out' ? 'out' : 'in',
      datatype,
      shape: dimensions === undefined ? undefined : shape,
    });
  }
  return queries.length > 0 ? queries : undefined;
};

/** `FP32[-1,4] INT64[]>FP32[-1,3]`: datatypes and shapes, which is all that is asked for. */
export const writeSignature = ({ inputs, outputs }: Signature): string => {
  const side = (tensors: readonly TensorSpec[]) =>
    tensors.map(({ datatype, shape }) => `${datatype}[${shape.join(',')}]`).join(' ');
  return `${side(inputs)}>${side(outputs)}`;
};

export interface Tensor {
  readonly datatype: string;
  readonly shape: readonly number[];
}

export interface TensorSides {
  readonly in: readonly Tensor[];
  readonly out: readonly Tensor[];
}

/** @param written - by `writeSignature` */
export const readSignature = (written: string): TensorSides => {
  const [inputs = '', outputs = ''] = written.split('>');
  const side = (text: string) =>
    text
      .split(' ')
      .filter(Boolean)
      .map((one) => {
        const [datatype = '', rest = ''] = one.split('[');
        const dimensions = rest.slice(0, -1);
        return { datatype, shape: dimensions === '' ? [] : dimensions.split(',').map(Number) };
      });
  return { in: side(inputs), out: side(outputs) };
};

export const answersTensors = (signature: TensorSides, queries: readonly TensorQuery[]): boolean =>
  queries.every((query) => signature[query.side].some((found) => fits(found, query)));

const fits = ({ datatype, shape }: Tensor, query: TensorQuery): boolean => {
  if (datatype !== query.datatype) return false;
  if (query.shape === undefined) return true;
  if (query.shape.length !== shape.length) return false;
  return shape.every((own, index) => {
    const asked = query.shape?.[index] ?? ANY;
    if (asked === ANY || own === OPEN || own === asked) return true;
    // What a caller may send in any size, a fixed size does not take; what it gets may be of any.
    return asked === OPEN && query.side === 'out';
  });
};
