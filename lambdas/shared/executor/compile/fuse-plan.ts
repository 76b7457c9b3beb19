// A plan made shorter without changing an answer: a Relu after a product is done by the product, a bias added to it is
// its own, buffers that nobody uses any more go.
import type { BufferSpec, Plan, Step } from '../plan.ts';

export const fusePlan = (plan: Plan): Plan => dropUnused({ ...plan, steps: fuseProducts(plan) });

const readersOf = ({ steps, outputs }: Plan): Map<number, number> => {
  const readers = new Map<number, number>();
  const count = (buffer: number) => readers.set(buffer, (readers.get(buffer) ?? 0) + 1);
  for (const step of steps) for (const buffer of step.in) count(buffer);
  for (const { buffer } of outputs) count(buffer);
  return readers;
};

const fuseProducts = (plan: Plan): Step[] => {
  const readers = readersOf(plan);
  const fused: Step[] = [];
  // The last step that wrote each buffer, among those already fused.
  const writers = new Map<number, number>();
  for (const step of plan.steps) {
    const joined = joinProduct(plan, fused, writers, readers, step);
    if (joined) {
      fused[joined.index] = joined.step;
      writers.set(joined.step.out[0] as number, joined.index);
      continue;
    }
    for (const buffer of step.out) writers.set(buffer, fused.length);
    fused.push(step);
  }
  return fused;
};

const joinProduct = (
  { buffers }: Plan,
  fused: readonly Step[],
  writers: ReadonlyMap<number, number>,
  readers: ReadonlyMap<number, number>,
  step: Step,
): { readonly index: number; readonly step: Step } | undefined => {
  const [left = -1, right = -1] = step.in;
  const from = [left, right].find(
    (buffer) => writers.has(buffer) && fused[writers.get(buffer) as number]?.op === 'dense',
  );
  if (from === undefined || readers.get(from) !== 1) return undefined;
  const index = writers.get(from) as number;
  const product = fused[index] as Step;
  if (product.params.relu === true) return undefined;
  const out = step.out;
  if (step.op === 'unary' && step.params.function === 'Relu') {
    return { index, step: { ...product, out, params: { ...product.params, relu: true } } };
  }
  const bias = buffers[from === left ? right : left];
  const columns = product.params.columns as number;
  const own = product.params.bias as Float32Array;
  const isBias =
    step.op === 'binary' &&
    step.params.function === 'Add' &&
    own.length === 0 &&
    bias?.data?.length === columns &&
    // The bias goes along the columns, and the answer has the product's shape.
    isAlongColumns(step, from === left ? 1 : 0, columns, buffers[step.out[0] as number], buffers[from]);
  if (!isBias) return undefined;
  return { index, step: { ...product, out, params: { ...product.params, bias: bias.data as Float32Array } } };
};

const isAlongColumns = (
  step: Step,
  operand: number,
  columns: number,
  out: BufferSpec | undefined,
  product: BufferSpec | undefined,
): boolean => {
  const dims = step.params.dims as readonly number[];
  const strides = (step.params.strides as readonly number[]).slice(3 * operand, 3 * operand + 3);
  if (!out || !product || out.size !== product.size) return false;
  return columns === 1 || (dims[2] === columns && strides[2] === 1 && strides[0] === 0 && strides[1] === 0);
};

const dropUnused = (plan: Plan): Plan => {
  const used = new Set<number>();
  for (const { buffer } of [...plan.inputs, ...plan.outputs]) used.add(buffer);
  for (const step of plan.steps) for (const buffer of [...step.in, ...step.out]) used.add(buffer);
  const numbers = new Map([...used].sort((a, b) => a - b).map((buffer, index) => [buffer, index]));
  const renumber = (buffer: number) => numbers.get(buffer) as number;
  return {
    ...plan,
    inputs: plan.inputs.map((port) => ({ ...port, buffer: renumber(port.buffer) })),
    outputs: plan.outputs.map((port) => ({ ...port, buffer: renumber(port.buffer) })),
    buffers: plan.buffers.filter((_, index) => used.has(index)),
    steps: plan.steps.map((step) => ({ ...step, in: step.in.map(renumber), out: step.out.map(renumber) })),
  };
};
