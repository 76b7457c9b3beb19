// What must hold of a plan before it is run: whatever a damaged file says, no kernel is given a buffer that is not there.
import { executorBounds } from './executor-bounds.ts';
import { ExecutorRefusal } from './executor-refusal.ts';
import { type Extent, elementTypes, type Plan, sizeAt } from './plan.ts';

const check = (holds: boolean, message: string): void => {
  if (!holds) throw new ExecutorRefusal('bad_form', message);
};

const isIndex = (value: unknown, end: number) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < end;
const isExtent = (value: unknown): value is Extent =>
  Number.isSafeInteger(value) && sizeAt(value as number, 1) <= executorBounds.constantElements;

/** @throws ExecutorRefusal bad_form */
export const checkPlan = ({ inputs, outputs, buffers, steps, work }: Plan): void => {
  const lists = [inputs, outputs, buffers, steps];
  check(lists.every(Array.isArray), 'a plan must have inputs, outputs, buffers and steps');
  check(Number.isFinite(work?.fixed) && Number.isFinite(work?.perRow), 'a plan must state its work');
  for (const { type, size, data } of buffers) {
    check(elementTypes.includes(type), `a buffer must be of a type the executor holds, got ${type}`);
    check(isExtent(size), `a buffer's size must be a whole number within bounds, got ${size}`);
    check(!data || data.length === size, `a constant must have ${size} elements`);
  }
  for (const { dims, buffer, type } of [...inputs, ...outputs]) {
    check(isIndex(buffer, buffers.length), `a port's buffer must be one of ${buffers.length}, got ${buffer}`);
    check(Array.isArray(dims) && dims.every(isExtent), "a port's dimensions must be whole numbers within bounds");
    check(elementTypes.includes(type), `a port must be of a type the executor holds, got ${type}`);
  }
  for (const step of steps) {
    const used = [...step.in, ...step.out];
    check(
      used.every((buffer) => isIndex(buffer, buffers.length)),
      `a step's buffers must be among ${buffers.length}, got ${used.join(', ')}`,
    );
    check(typeof step.params === 'object' && step.params !== null, 'a step must have parameters');
  }
};
