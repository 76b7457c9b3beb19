// Elements moved as they are, numbers or texts.
import { ExecutorRefusal } from '../executor-refusal.ts';
import { extentsOf, inputOf, integersOf, type Kernel, movableAt, numberOf, outputOf, plainAt } from '../kernel.ts';
import { sizeAt } from '../plan.ts';

/** [outer × axis × inner] → [outer × picked × inner]: `picks` [picked] says which of the axis. */
export const pick: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const picks = integersOf(step, 'picks');
  const [outer, axis, inner] = ['outer', 'axis', 'inner'].map((name) => numberOf(step, name)) as [
    number,
    number,
    number,
  ];
  return (rows) => {
    const x = movableAt(buffers, input);
    const y = movableAt(buffers, output);
    const outerCount = sizeAt(outer, rows);
    const innerCount = sizeAt(inner, rows);
    let at = 0;
    for (let i = 0; i < outerCount; i++) {
      const start = i * axis * innerCount;
      for (let j = 0; j < picks.length; j++) {
        let from = start + (picks[j] as number) * innerCount;
        for (let k = 0; k < innerCount; k++) y[at++] = x[from++] as number;
      }
    }
  };
};

/** [outer × chunk of each input] → [outer × all chunks]. */
export const concat: Kernel = (step, buffers) => {
  const inputs = step.in;
  const output = outputOf(step, 0);
  const outer = numberOf(step, 'outer');
  const chunks = extentsOf(step, 'chunks');
  return (rows) => {
    const y = movableAt(buffers, output);
    const outerCount = sizeAt(outer, rows);
    const width = chunks.reduce((sum, chunk) => sum + sizeAt(chunk, rows), 0);
    let column = 0;
    for (let index = 0; index < inputs.length; index++) {
      const x = movableAt(buffers, inputs[index] as number);
      const chunk = sizeAt(chunks[index] as number, rows);
      let from = 0;
      for (let i = 0; i < outerCount; i++) {
        let to = i * width + column;
        for (let k = 0; k < chunk; k++) y[to++] = x[from++] as number;
      }
      column += chunk;
    }
  };
};

/** A table's rows by number: the table [length × inner] is input 0, numbers are input 1; with `wraps` those below 0 count from the end. */
export const lookUp: Kernel = (step, buffers) => {
  const wraps = step.params.wraps === true;
  const [table, indexes, output] = [inputOf(step, 0), inputOf(step, 1), outputOf(step, 0)];
  const [length, inner, size] = ['length', 'inner', 'size'].map((name) => numberOf(step, name)) as [
    number,
    number,
    number,
  ];
  return (rows) => {
    const from = movableAt(buffers, table);
    const places = plainAt(buffers, indexes);
    const y = movableAt(buffers, output);
    const count = sizeAt(size, rows);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const place = places[i] as number;
      const index = place < 0 && wraps ? place + length : place;
      if (!(index >= 0 && index < length))
        throw new ExecutorRefusal('bad_value', `there is no element ${place} of ${length}`);
      for (let k = 0; k < inner; k++) y[at++] = from[index * inner + k] as number;
    }
  };
};

/** One value throughout: `value`, a number. */
export const fill: Kernel = (step, buffers) => {
  const output = outputOf(step, 0);
  const value = numberOf(step, 'value');
  const size = numberOf(step, 'size');
  return (rows) => {
    plainAt(buffers, output).fill(value, 0, sizeAt(size, rows));
  };
};

/** Whole numbers as texts. */
export const toText: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const size = numberOf(step, 'size');
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = buffers[output] as string[];
    const count = sizeAt(size, rows);
    for (let i = 0; i < count; i++) y[i] = String(x[i]);
  };
};
