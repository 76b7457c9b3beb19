// Memory in which an executor's dense products are made by WebAssembly: one for each executor that has such products,
// so that it goes when the executor goes. The module is one for the process, made when the first such executor is loaded.
//
//   ┌─────────┬────────────────────────────┬──────────────────────────────────────────────────────
//   │ scratch │ weights and bias, for each │ what products read and write, for the largest batch yet
//   └─────────┴────────────────────────────┴──────────────────────────────────────────────────────
//
// What steps write lies here itself, as views among the buffers; a model's inputs and constants are copied in.
import { executorBounds } from '../executor-bounds.ts';
import { ExecutorRefusal } from '../executor-refusal.ts';
import { type BufferData, type PlainArray, type Plan, type Step, sizeAt } from '../plan.ts';
import { denseModule } from './dense-module.ts';
import { exportsOf, lazyModule, type Memory, memoryOf, PAGE } from './web-assembly.ts';

export interface DenseArena {
  /** Whether that buffer lies here. */
  holds(buffer: number): boolean;
  /** Of a batch of so many rows, weights included. */
  bytes(rows: number): number;
  /** Puts what it holds among the buffers, for batches up to so many rows. @throws ExecutorRefusal too_large */
  layOut(rows: number, buffers: BufferData[]): void;
  /** @returns what multiplies rows of `x`, the step's input; undefined where that is not done here */
  bind(step: Step): ((rows: number, x: PlainArray) => void) | undefined;
}

/** Places in bytes; bias is as long as whole panels. Answers below `floor` become that: 0 rectifies, −∞ does nothing. */
type Multiply = (
  x: number,
  weights: number,
  bias: number,
  y: number,
  rows: number,
  inner: number,
  columns: number,
  blockSize: number,
  floor: number,
) => void;

interface Product {
  readonly input: number;
  readonly output: number;
  readonly inner: number;
  readonly columns: number;
  readonly blockSize: number;
  readonly weights: Float32Array;
  readonly weightsAt: number;
  readonly bias: Float32Array;
  readonly biasAt: number;
  readonly floor: number;
}

/** What `multiply` has for itself at 0, and what it may write behind the last row, or read behind a bias. */
const SCRATCH_BYTES = 128;
const OVERHANG_BYTES = 128;
const LANES = 8;

const aligned = (bytes: number) => Math.ceil(bytes / 16) * 16;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const moduleOf = lazyModule(denseModule);

const growBy = (memory: Memory, pages: number): void => {
  try {
    memory.grow(pages);
  } catch (fault) {
    throw new ExecutorRefusal('too_large', `no memory: ${fault}`);
  }
};

/** @returns undefined where there are no products for it, or they have to be made without */
export const openArena = (plan: Plan): DenseArena | undefined => {
  const { isOwn, products, weightsEnd } = productsOf(plan);
  const every = [...products.values()];
  if (every.length === 0) return undefined;
  const module = moduleOf();
  const used = [...new Set(every.flatMap(({ input, output }) => [input, output]))];
  const elementsOf = (buffer: number, rows: number) => sizeAt(plan.buffers[buffer]?.size ?? 0, rows);
  const slotBytes = (buffer: number, rows: number) => aligned(elementsOf(buffer, rows) * 4 + OVERHANG_BYTES);
  const bytes = (rows: number) => {
    const end = used.reduce((at, buffer) => at + slotBytes(buffer, rows), weightsEnd);
    return Math.ceil(end / PAGE) * PAGE;
  };
  const memory = module && memoryOf(bytes(1) / PAGE, executorBounds.runBytes / PAGE);
  if (!memory) return undefined;
  for (const { weights, weightsAt, bias, biasAt, columns } of every) {
    new Float32Array(memory.buffer, weightsAt).set(weights);
    // What is added where there is no bias leaves −0 what it is.
    new Float32Array(memory.buffer, biasAt, columns).fill(-0).set(bias);
  }
  const { multiply } = exportsOf<{ multiply: Multiply }>(module, { dense: { memory } });
  const views: Float32Array[] = [];
  const at = (buffer: number) => (views[buffer] as Float32Array).byteOffset;
  return {
    holds: (buffer) => used.includes(buffer) && isOwn(buffer),
    bytes,
    layOut: (rows, buffers) => {
      const missing = bytes(rows) - memory.buffer.byteLength;
      if (missing > 0) growBy(memory, missing / PAGE);
      let end = weightsEnd;
      for (const buffer of used) {
        const view = new Float32Array(memory.buffer, end, elementsOf(buffer, rows));
        views[buffer] = view;
        if (isOwn(buffer)) buffers[buffer] = view;
        end += slotBytes(buffer, rows);
      }
    },
    bind: (step) => {
      const product = products.get(step);
      if (!product) return undefined;
      const { input, output, weightsAt, biasAt, inner, columns, blockSize, floor } = product;
      const isHere = isOwn(input);
      return (rows, x) => {
        if (!isHere) views[input]?.set(x as Float32Array);
        multiply(at(input), weightsAt, biasAt, at(output), rows, inner, columns, blockSize, floor);
      };
    },
  };
};

/** Those of float32 whose sizes are their buffers'. A damaged plan's are left to where every element is checked. */
const productsOf = ({ inputs, buffers, steps }: Plan) => {
  const ports = new Set(inputs.map(({ buffer }) => buffer));
  /** What a step writes, rather than the caller or the model itself. */
  const isOwn = (buffer: number) => !ports.has(buffer) && !buffers[buffer]?.data;
  const products = new Map<Step, Product>();
  let end = SCRATCH_BYTES;
  const take = (bytes: number) => {
    end += aligned(bytes);
    return end - aligned(bytes);
  };
  for (const step of steps) {
    const { rows, inner, columns, blockSize, weights, bias, relu } = step.params;
    const [input = -1] = step.in;
    const [output = -1] = step.out;
    const holds = (buffer: number, width: number) =>
      buffers[buffer]?.type === 'FP32' && buffers[buffer].size === (rows as number) * width;
    if (
      step.op === 'dense' &&
      isCount(inner) &&
      isCount(columns) &&
      isCount(blockSize) &&
      weights instanceof Float32Array &&
      weights.length === Math.ceil(columns / LANES) * LANES * inner &&
      bias instanceof Float32Array &&
      (bias.length === 0 || bias.length === columns) &&
      holds(input, inner) &&
      holds(output, columns) &&
      isOwn(output) &&
      input !== output
    ) {
      const [weightsAt, biasAt] = [take(weights.byteLength), take(columns * 4 + OVERHANG_BYTES)];
      const floor = relu === true ? 0 : -Infinity;
      products.set(step, { input, output, inner, columns, blockSize, weights, weightsAt, bias, biasAt, floor });
    }
  }
  return { isOwn, products, weightsEnd: end };
};
