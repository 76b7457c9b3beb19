// The protocol's tensors as the executor takes and gives them: typed arrays on the same bytes. Text alone is made anew.
import type { ExecutorTensor } from '../../shared/executor/executor-tensor.ts';
import { readElements } from './read-elements.ts';
import { readStrings, type Tensor, writeStrings } from './tensor.ts';

/** @param tensors - checked @returns by name; no name stands for anything else, whatever a model calls its inputs */
export const toExecutorInputs = (tensors: readonly Tensor[]): Readonly<Record<string, ExecutorTensor>> => {
  const inputs: Record<string, ExecutorTensor> = Object.create(null);
  for (const { name, datatype, shape, data } of tensors) {
    const elements = datatype === 'BYTES' ? readStrings(data) : readElements(datatype, data);
    // A datatype that the executor does not know is refused there.
    inputs[name] = { datatype, shape, data: elements } as ExecutorTensor;
  }
  return inputs;
};

export const fromExecutorTensor = (name: string, { datatype, shape, data }: ExecutorTensor): Tensor => ({
  name,
  datatype,
  shape,
  data: datatype === 'BYTES' ? writeStrings(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});
