// A compiled model, ready to run. Buffers are kept from call to call and grow with the largest batch seen.

import { checkPlan } from './check-plan.ts';
import { executorBounds } from './executor-bounds.ts';
import { ExecutorRefusal } from './executor-refusal.ts';
import { type ExecutorTensor, readIntegers, writeIntegers } from './executor-tensor.ts';
import { decodePlan } from './flat-form.ts';
import { openArena } from './kernels/dense-arena.ts';
import { kernels } from './kernels.ts';
import {
  type BufferData,
  type BufferSpec,
  type Extent,
  type PlainArray,
  type Plan,
  type Port,
  sizeAt,
} from './plan.ts';

export interface Executor {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly work: Plan['work'];
  /** Memory of a call of that many rows beside its answer: what it takes if it has not been taken yet. */
  bufferBytes(rows: number): number;
  /**
   * Runs on the calling thread, for a time that `work` bounds.
   * @param inputs - by name, every input of the model; kept by nobody after the call
   * @param outputNames - those wanted: only what they need is computed
   * @returns in that order, in memory of their own
   * @throws ExecutorRefusal all but bad_form
   */
  run(inputs: Readonly<Record<string, ExecutorTensor>>, outputNames: readonly string[]): ExecutorTensor[];
}

type Run = (rows: number) => void;

const elementBytes = { FP32: 4, FP64: 8, INT64: 8, INT32: 8, BOOL: 1, BYTES: 16 } as const;

/**
 * @param bytes - from `compileModel`, unchanged (their SHA-256 was checked); kept
 * @throws ExecutorRefusal bad_form
 */
export const loadExecutor = (bytes: Uint8Array): Executor => {
  try {
    return executorOf(decodePlan(bytes));
  } catch (fault) {
    // Of an outline that is JSON but no plan.
    if (fault instanceof TypeError || fault instanceof RangeError) throw new ExecutorRefusal('bad_form', fault.message);
    throw fault;
  }
};

const executorOf = (plan: Plan): Executor => {
  checkPlan(plan);
  const { inputs, outputs, buffers: specs, steps, work } = plan;
  const arena = openArena(plan);
  const buffers: BufferData[] = specs.map((spec, index) => {
    if (arena?.holds(index)) return [];
    return spec.data ? (spec.data as BufferData) : allocate(spec, 1);
  });
  arena?.layOut(1, buffers);
  const runs: Run[] = steps.map((step) => {
    const kernel = kernels[step.op];
    if (!kernel) throw new ExecutorRefusal('bad_form', `there is no kernel '${step.op}'`);
    return kernel(step, buffers, arena);
  });
  let capacity = 1;
  const bufferBytes = (rows: number) => {
    let sum = arena?.bytes(rows) ?? 0;
    for (const [index, { type, size, data }] of specs.entries()) {
      if (!data && !arena?.holds(index)) sum += sizeAt(size, rows) * elementBytes[type];
    }
    return sum;
  };
  const grow = (rows: number) => {
    const bytes = bufferBytes(rows);
    if (bytes > executorBounds.runBytes) {
      throw new ExecutorRefusal('too_large', `${rows} rows take ${bytes} bytes, more than ${executorBounds.runBytes}`);
    }
    arena?.layOut(rows, buffers);
    for (const [index, spec] of specs.entries()) {
      if (!spec.data && spec.size < 0 && !arena?.holds(index)) buffers[index] = allocate(spec, rows);
    }
    capacity = rows;
  };
  const runsFor = runsByOutputs(plan, runs);
  return {
    inputs,
    outputs,
    work,
    bufferBytes,
    run: (tensors, outputNames) => {
      const { wanted, needed } = runsFor(outputNames);
      const rows = rowsOf(inputs, tensors);
      if (rows > capacity) grow(rows);
      try {
        for (const port of inputs) takeInput(port, tensors[port.name] as ExecutorTensor, buffers, rows);
        for (const run of needed) run(rows);
        return wanted.map((port) => giveOutput(port, buffers[port.buffer] as BufferData, rows));
      } finally {
        // Views of a request's whole body, which nobody here is to keep.
        for (const { buffer } of inputs) buffers[buffer] = NOTHING;
      }
    },
  };
};

const NOTHING: BufferData = [];

const allocate = ({ type, size }: BufferSpec, rows: number): BufferData => {
  const count = sizeAt(size, rows);
  if (type === 'FP32') return new Float32Array(count);
  if (type === 'BOOL') return new Uint8Array(count);
  if (type === 'BYTES') return new Array<string>(count).fill('');
  return new Float64Array(count);
};

const badInput = (message: string) => new ExecutorRefusal('bad_input', message);

/** The size that the open dimensions have, which must be one. 1 when none is open. */
const rowsOf = (inputs: readonly Port[], tensors: Readonly<Record<string, ExecutorTensor>>): number => {
  let rows = -1;
  for (const { name, type, dims } of inputs) {
    const tensor = tensors[name];
    if (!tensor) throw badInput(`input '${name}' is missing`);
    if (tensor.datatype !== type) throw badInput(`input '${name}' must be ${type}, got ${tensor.datatype}`);
    const { shape } = tensor;
    if (shape.length !== dims.length)
      throw badInput(`input '${name}' must have ${dims.length} dimensions, got ${shape.length}`);
    for (let axis = 0; axis < dims.length; axis++) {
      const size = shape[axis] as number;
      const dim = dims[axis] as number;
      if (dim < 0 && rows < 0) rows = size;
      if (size !== sizeAt(dim, rows)) {
        throw badInput(`input '${name}' must have ${dim < 0 ? rows : dim} in dimension ${axis}, got ${size}`);
      }
    }
  }
  return rows < 0 ? 1 : rows;
};

const takeInput = ({ name, dims, buffer }: Port, tensor: ExecutorTensor, buffers: BufferData[], rows: number): void => {
  const count = dims.reduce((product, dim) => product * sizeAt(dim, rows), 1);
  const { datatype, data } = tensor;
  if (data.length !== count) throw badInput(`input '${name}' must have ${count} elements, got ${data.length}`);
  if (datatype !== 'INT64') {
    buffers[buffer] = data as BufferData;
    return;
  }
  const integers = new Float64Array(count);
  buffers[buffer] = integers;
  if (!readIntegers(data, integers)) {
    throw new ExecutorRefusal('integer_range', `input '${name}' must be between −2^53 and 2^53 throughout`);
  }
};

const giveOutput = ({ type, dims }: Port, data: BufferData, rows: number): ExecutorTensor => {
  const shape = dims.map((dim: Extent) => sizeAt(dim, rows));
  let count = 1;
  for (const size of shape) count *= size;
  switch (type) {
    case 'FP32':
      return { datatype: type, shape, data: (data as Float32Array).slice(0, count) };
    case 'FP64':
      return { datatype: type, shape, data: (data as Float64Array).slice(0, count) };
    case 'BOOL':
      return { datatype: type, shape, data: (data as Uint8Array).slice(0, count) };
    case 'INT64':
      return { datatype: type, shape, data: writeIntegers(data as PlainArray, count) };
    case 'INT32':
      return { datatype: type, shape, data: Int32Array.from((data as PlainArray).subarray(0, count)) };
    case 'BYTES':
      return { datatype: type, shape, data: (data as readonly string[]).slice(0, count) };
  }
};

interface Wanted {
  readonly wanted: readonly Port[];
  readonly needed: readonly Run[];
}

/** Kept for so many combinations of outputs. */
const REMEMBERED = 32;

const runsByOutputs = ({ outputs, steps }: Plan, runs: readonly Run[]) => {
  const byName = new Map(outputs.map((port) => [port.name, port]));
  const remembered = new Map<string, Wanted>();
  const find = (names: readonly string[]): Wanted => {
    const wanted = names.map((name) => {
      const port = byName.get(name);
      if (!port) throw badInput(`there is no output '${name}'`);
      return port;
    });
    const live = new Set(wanted.map(({ buffer }) => buffer));
    const needed: Run[] = [];
    for (let index = steps.length - 1; index >= 0; index--) {
      const step = steps[index];
      if (!step?.out.some((buffer) => live.has(buffer))) continue;
      for (const buffer of step.in) live.add(buffer);
      needed.unshift(runs[index] as Run);
    }
    return { wanted, needed };
  };
  return (names: readonly string[]): Wanted => {
    const key = names.join('\0');
    const known = remembered.get(key);
    if (known) return known;
    const found = find(names);
    if (remembered.size < REMEMBERED) remembered.set(key, found);
    return found;
  };
};
