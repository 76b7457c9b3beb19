// A tensor of the file as the executor holds it.
import type { TensorElements } from '../../onnx/tensor-elements.ts';
import { type ElementType, elementTypes, type PlainArray } from '../plan.ts';
import type { Constant } from './lowering.ts';
import { need } from './unsupported.ts';

/** @throws Unsupported when it was not read, or has an integer beyond ±2^53 */
export const constantFrom = (elements: TensorElements | undefined): Constant => {
  need(elements, 'a tensor of a type that the executor does not hold, or too large');
  const { datatype, dims, data } = elements;
  const type = elementTypes.find((one) => one === datatype);
  need(type, `a tensor of type ${datatype}`);
  return { kind: 'constant', type, dims, data: held(type, data) };
};

const held = (type: ElementType, data: TensorElements['data']): PlainArray | readonly string[] => {
  if (data instanceof BigInt64Array) {
    return Float64Array.from(data, (value) => {
      need(value < 9_007_199_254_740_992n && value >= -9_007_199_254_740_992n, 'an integer beyond ±2^53');
      return Number(value);
    });
  }
  return type === 'INT32' ? Float64Array.from(data as Int32Array) : (data as PlainArray | readonly string[]);
};
