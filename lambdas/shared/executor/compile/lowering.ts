// The state of a compilation: what each name of the graph stands for, and the plan as far as it has come.
import { executorBounds } from '../executor-bounds.ts';
import { kernels } from '../kernels.ts';
import {
  type BufferData,
  type BufferSpec,
  countOf,
  type ElementType,
  type Extent,
  type Parameter,
  type PlainArray,
  type Step,
} from '../plan.ts';
import { need, Unsupported } from './unsupported.ts';

/** Known when compiling. */
export interface Constant {
  readonly kind: 'constant';
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: PlainArray | readonly string[];
}

/** Known when running. */
export interface Value {
  readonly kind: 'value';
  readonly type: ElementType;
  readonly dims: readonly Extent[];
  readonly buffer: number;
  readonly exact: boolean;
}

/** A list of sizes, INT64, some of which depend on the rows: what Shape gives and Reshape takes. */
export interface Sizes {
  readonly kind: 'sizes';
  readonly type: 'INT64';
  /** One dimension, or none for a single size. */
  readonly dims: readonly number[];
  readonly sizes: readonly Extent[];
}

export type Operand = Constant | Value | Sizes;

export interface Emission {
  readonly op: string;
  readonly in: readonly Operand[];
  readonly params?: Readonly<Record<string, Parameter>>;
  readonly out: readonly { readonly type: ElementType; readonly dims: readonly Extent[] }[];
  /** Elementary operations for each element of the first output. Default 1. */
  readonly cost?: number;
  /** Whether the kernel equals the runtime's to the bit. Default true. */
  readonly exact?: boolean;
}

export const countIn = (dims: readonly Extent[], what: string): Extent => {
  const count = countOf(dims);
  if (count === undefined) throw new Unsupported(`${what}: a shape of which two dimensions are open`);
  return count;
};

export class Lowering {
  readonly buffers: BufferSpec[] = [];
  readonly steps: Step[] = [];
  readonly work = { fixed: 0, perRow: 0 };
  readonly #operands = new Map<string, Operand>();
  readonly #constantBuffers = new Map<object, number>();
  #constantElements = 0;

  /** @returns undefined for an optional input left out */
  find(name: string | undefined): Operand | undefined {
    if (!name) return undefined;
    const operand = this.#operands.get(name);
    if (!operand) throw new Unsupported(`nothing is named '${name}' before it is used`);
    return operand;
  }

  bind(name: string | undefined, operand: Operand): void {
    if (!name) return;
    need(!this.#operands.has(name), `two values are named '${name}'`);
    this.#operands.set(name, operand);
  }

  newBuffer(type: ElementType, dims: readonly Extent[]): number {
    const size = countIn(dims, 'a value');
    need(dims.length <= executorBounds.rank, `a value of ${dims.length} dimensions`);
    need(Math.abs(size) <= executorBounds.elementsPerRow, `a value of ${Math.abs(size)} elements`);
    this.buffers.push({ type, size });
    return this.buffers.length - 1;
  }

  /** The buffer that an operand is read from when running. */
  bufferOf(operand: Operand): number {
    if (operand.kind === 'value') return operand.buffer;
    const { type, data } = operand.kind === 'sizes' ? constantSizes(operand) : operand;
    const known = this.#constantBuffers.get(data);
    if (known !== undefined) return known;
    this.#constantElements += data.length;
    need(this.#constantElements <= executorBounds.constantsElements, `constants of more elements than allowed`);
    this.buffers.push({ type, size: data.length, data });
    this.#constantBuffers.set(data, this.buffers.length - 1);
    return this.buffers.length - 1;
  }

  /** Adds a step; of constants alone it is run at once, by the kernel that would run it later. */
  emit(emission: Emission): Operand[] {
    const inputs = emission.in.map((operand) => (operand.kind === 'sizes' ? constantSizes(operand) : operand));
    if (inputs.length > 0 && inputs.every((operand) => operand.kind === 'constant'))
      return this.#fold(emission, inputs);
    const exact = (emission.exact ?? true) && inputs.every((operand) => operand.kind === 'constant' || operand.exact);
    const outputs = emission.out.map(({ type, dims }): Value => {
      return { kind: 'value', type, dims, buffer: this.newBuffer(type, dims), exact };
    });
    this.steps.push({
      op: emission.op,
      in: inputs.map((operand) => this.bufferOf(operand)),
      out: outputs.map(({ buffer }) => buffer),
      params: emission.params ?? {},
    });
    need(this.steps.length <= executorBounds.steps, 'more steps than allowed');
    this.#addWork(emission);
    return outputs;
  }

  /** The same for steps of one output. */
  emitOne(emission: Emission): Operand {
    const [output] = this.emit(emission);
    if (!output) throw new Error(`the step '${emission.op}' must have an output`);
    return output;
  }

  #addWork({ op, out, cost = 1 }: Emission): void {
    const count = countIn(out[0]?.dims ?? [], op);
    if (count < 0) this.work.perRow -= count * cost;
    else this.work.fixed += count * cost;
    const { fixed, perRow } = this.work;
    need(perRow <= executorBounds.workPerRow && fixed <= executorBounds.workFixed, 'more work than allowed');
  }

  #fold(emission: Emission, inputs: readonly Constant[]): Constant[] {
    this.#addWork(emission);
    const buffers: BufferData[] = inputs.map(({ data }) => data as BufferData);
    const outputs = emission.out.map(({ type, dims }) => {
      const count = countIn(dims, emission.op);
      need(count >= 0 && count <= executorBounds.constantElements, `${emission.op}: a constant of ${count} elements`);
      buffers.push(newArray(type, count));
      return { type, dims, index: buffers.length - 1 };
    });
    const kernel = kernels[emission.op];
    if (!kernel) throw new Error(`there is no kernel '${emission.op}'`);
    const step: Step = {
      op: emission.op,
      in: inputs.map((_, index) => index),
      out: outputs.map(({ index }) => index),
      params: emission.params ?? {},
    };
    kernel(step, buffers)(1);
    return outputs.map(({ type, dims, index }): Constant => {
      return { kind: 'constant', type, dims, data: buffers[index] as PlainArray };
    });
  }
}

const newArray = (type: ElementType, count: number): BufferData => {
  if (type === 'FP32') return new Float32Array(count);
  if (type === 'BOOL') return new Uint8Array(count);
  if (type === 'BYTES') return new Array<string>(count).fill('');
  return new Float64Array(count);
};

/** @throws Unsupported when a size depends on the rows */
export const constantSizes = ({ dims, sizes }: Sizes): Constant => {
  need(
    sizes.every((size) => size >= 0),
    'arithmetic on a size that depends on the rows',
  );
  return { kind: 'constant', type: 'INT64', dims, data: Float64Array.from(sizes) };
};

/** An operand's whole numbers, sizes that depend on the rows among them. @throws Unsupported when it is known only when running */
export const sizesOf = (operand: Operand | undefined, what: string): readonly Extent[] => {
  if (operand?.kind === 'sizes') return operand.sizes;
  return numbersOf(operand, what);
};

export const numbersOf = (operand: Operand | undefined, what: string): number[] => {
  const constant = operand?.kind === 'sizes' ? constantSizes(operand) : operand;
  if (constant?.kind !== 'constant' || constant.type === 'BYTES') {
    throw new Unsupported(`${what} that is known only when running`);
  }
  return Array.from(constant.data as PlainArray);
};

/** The axis counted from the front. */
export const axisOf = (axis: number, rank: number, what: string): number => {
  const at = axis < 0 ? axis + rank : axis;
  need(Number.isInteger(at) && at >= 0 && at < Math.max(1, rank), `${what}: axis ${axis} of ${rank} dimensions`);
  return at;
};
