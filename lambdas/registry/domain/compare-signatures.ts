// What a new signature means to those who call by an old one.
//
// Inputs may ask for no more than before, outputs may promise no less: every difference that could fail a call that
// worked, or answer it with something else, is breaking. What can only be used by new callers is an addition. Tensors
// are told apart by name; their order counts for nothing, as in the Open Inference Protocol.
import type { Signature, TensorSpec } from '../../shared/onnx/signature.ts';

export interface Difference {
  /** JSON pointer into the version: `/signature/inputs/X/shape/1`. */
  readonly pointer: string;
  readonly detail: string;
  readonly kind: 'breaking' | 'addition';
}

/** @returns every difference, inputs first; none between signatures that are called alike */
export const compareSignatures = (before: Signature, after: Signature): Difference[] => [
  ...compareTensors('inputs', before.inputs, after.inputs),
  ...compareTensors('outputs', before.outputs, after.outputs),
  ...compareBatchInput(before.batchInput, after.batchInput),
];

type Side = 'inputs' | 'outputs';

const escapeName = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
const pointerTo = (side: Side, name: string) => `/signature/${side}/${escapeName(name)}`;

const compareTensors = (side: Side, before: readonly TensorSpec[], after: readonly TensorSpec[]): Difference[] => {
  const now = new Map(after.map((tensor) => [tensor.name, tensor]));
  const then = new Set(before.map(({ name }) => name));
  const kept = before.flatMap((tensor) => {
    const same = now.get(tensor.name);
    return same ? compareTensor(side, tensor, same) : [breaking(pointerTo(side, tensor.name), 'is gone')];
  });
  const added = after
    .filter(({ name }) => !then.has(name))
    .map(({ name }): Difference => {
      const pointer = pointerTo(side, name);
      // Every input of a model is asked for at every call.
      return side === 'inputs'
        ? breaking(pointer, 'is a new input that callers do not send')
        : { pointer, detail: 'is a new output', kind: 'addition' };
    });
  return [...kept, ...added];
};

const compareTensor = (side: Side, before: TensorSpec, after: TensorSpec): Difference[] => {
  const at = pointerTo(side, before.name);
  const differences: Difference[] = [];
  if (before.datatype !== after.datatype) {
    differences.push(breaking(`${at}/datatype`, `was ${before.datatype}, is ${after.datatype}`));
  }
  if (before.shape.length !== after.shape.length) {
    return [...differences, breaking(`${at}/shape`, `was ${tell(before.shape)}, is ${tell(after.shape)}`)];
  }
  before.shape.forEach((was, index) => {
    const is = after.shape[index] ?? -1;
    if (was === is) return;
    const pointer = `${at}/shape/${index}`;
    const detail = `was ${tellSize(was)}, is ${tellSize(is)}`;
    if (side === 'inputs') {
      differences.push(is === -1 ? { pointer, detail, kind: 'addition' } : breaking(pointer, detail));
    } else if (was !== -1) {
      // An open size that became fixed promises more than before.
      differences.push(breaking(pointer, detail));
    }
  });
  return differences;
};

const compareBatchInput = (before: string | undefined, after: string | undefined): Difference[] => {
  if (before === after) return [];
  const detail = `was ${before ?? 'none'}, is ${after ?? 'none'}: other rows would be charged`;
  return [breaking('/signature/batchInput', detail)];
};

const breaking = (pointer: string, detail: string): Difference => ({ pointer, detail, kind: 'breaking' });
const tell = (shape: readonly number[]) => `[${shape.join()}]`;
const tellSize = (size: number) => (size === -1 ? 'any size (-1)' : `${size}`);
