// What makes a step run.
import { ExecutorRefusal } from './executor-refusal.ts';
import type { DenseArena } from './kernels/dense-arena.ts';
import type { BufferData, Extent, FloatArray, PlainArray, Step } from './plan.ts';

/**
 * Binds a step to the buffers: what can be found out once is found out here, not in each run.
 * @param buffers - read anew in each run, since they move when they grow
 * @param arena - where products are made, if the executor has one
 * @returns one run over a batch of `rows`
 */
export type Kernel = (step: Step, buffers: readonly BufferData[], arena?: DenseArena) => (rows: number) => void;

const missing = (step: Step, name: string, what: string) =>
  new ExecutorRefusal('bad_form', `the step '${step.op}' must have ${what} '${name}'`);

export const numberOf = (step: Step, name: string): number => {
  const value = step.params[name];
  if (typeof value !== 'number') throw missing(step, name, 'a number');
  return value;
};

export const textOf = (step: Step, name: string): string => {
  const value = step.params[name];
  if (typeof value !== 'string') throw missing(step, name, 'a text');
  return value;
};

export const textsOf = (step: Step, name: string): readonly string[] => {
  const value = step.params[name];
  if (!Array.isArray(value)) throw missing(step, name, 'texts');
  return value as readonly string[];
};

export const extentsOf = (step: Step, name: string): readonly Extent[] => {
  const value = step.params[name];
  if (!Array.isArray(value) || !value.every((one) => Number.isSafeInteger(one))) throw missing(step, name, 'sizes');
  return value as readonly Extent[];
};

export const floatsOf = (step: Step, name: string): FloatArray => {
  const value = step.params[name];
  if (value instanceof Float32Array || value instanceof Float64Array) return value;
  throw missing(step, name, 'an array of floats');
};

export const integersOf = (step: Step, name: string): Int32Array => {
  const value = step.params[name];
  if (value instanceof Int32Array) return value;
  throw missing(step, name, 'an array of integers');
};

export const bytesOf = (step: Step, name: string): Uint8Array => {
  const value = step.params[name];
  if (value instanceof Uint8Array) return value;
  throw missing(step, name, 'an array of bytes');
};

/** The step's n-th input or output buffer's index. */
export const inputOf = (step: Step, index: number): number => step.in[index] ?? fail(step, 'input', index);
export const outputOf = (step: Step, index: number): number => step.out[index] ?? fail(step, 'output', index);

const fail = (step: Step, what: string, index: number): never => {
  throw missing(step, String(index), what);
};

export const plainAt = (buffers: readonly BufferData[], index: number): PlainArray => buffers[index] as PlainArray;
export const textsAt = (buffers: readonly BufferData[], index: number): string[] => buffers[index] as string[];

/** Elements that are moved and never looked at: numbers or texts. */
export const movableAt = (buffers: readonly BufferData[], index: number): number[] =>
  buffers[index] as unknown as number[];
