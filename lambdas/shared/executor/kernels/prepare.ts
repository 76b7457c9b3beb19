// What pipelines do to columns before a model: scale, impute, encode.
import { ExecutorRefusal } from '../executor-refusal.ts';
import { floatsOf, inputOf, type Kernel, numberOf, outputOf, plainAt } from '../kernel.ts';
import { type PlainArray, sizeAt } from '../plan.ts';

/** (x − offset) · scale, each rounded: `offset`, `scale` [columns]. */
export const scale: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const offset = floatsOf(step, 'offset');
  const factor = floatsOf(step, 'scale');
  const rowsExtent = numberOf(step, 'rows');
  const columns = offset.length;
  const { fround } = Math;
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const count = sizeAt(rowsExtent, rows);
    let at = 0;
    for (let row = 0; row < count; row++) {
      for (let j = 0; j < columns; j++, at++) {
        y[at] = fround(fround(x[at] as number) - (offset[j] as number)) * (factor[j] as number);
      }
    }
  };
};

/** x · scale + shift for each channel of [outer × channels × inner]: BatchNormalization when it no longer learns. */
export const affine: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const factor = floatsOf(step, 'scale');
  const shift = floatsOf(step, 'shift');
  const [outer, inner] = [numberOf(step, 'outer'), numberOf(step, 'inner')];
  const round: (value: number) => number = factor instanceof Float32Array ? Math.fround : (value) => value;
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const innerCount = sizeAt(inner, rows);
    let at = 0;
    for (let i = 0; i < sizeAt(outer, rows); i++) {
      for (let channel = 0; channel < factor.length; channel++) {
        for (let k = 0; k < innerCount; k++, at++) {
          y[at] = round((x[at] as number) * (factor[channel] as number)) + (shift[channel] as number);
        }
      }
    }
  };
};

/** Replaces `replaced` (NaN, or a number) by `values` [columns]. */
export const impute: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const replaced = numberOf(step, 'replaced');
  const values = floatsOf(step, 'values');
  const rowsExtent = numberOf(step, 'rows');
  const columns = values.length;
  const isNaNReplaced = Number.isNaN(replaced);
  return (rows) => {
    const x = plainAt(buffers, input);
    const y = plainAt(buffers, output);
    const count = sizeAt(rowsExtent, rows);
    let at = 0;
    for (let row = 0; row < count; row++) {
      for (let j = 0; j < columns; j++, at++) {
        const value = x[at] as number;
        y[at] = (isNaNReplaced ? Number.isNaN(value) : value === replaced) ? (values[j] as number) : value;
      }
    }
  };
};

/** Category → place; NaN finds NaN. */
const placesOf = (keys: PlainArray | readonly string[]): ReadonlyMap<number | string, number> =>
  new Map(Array.from(keys as ArrayLike<number | string>, (key, index): [number | string, number] => [key, index]));

const keysOf = (value: unknown): PlainArray | readonly string[] =>
  Array.isArray(value) ? (value as readonly string[]) : (value as PlainArray);

/**
 * Of each element as many as there are categories, 1 where it is the one: `keys`, texts or numbers; `zeros`: an unknown
 * category gives zeros, otherwise the call is refused, as the runtime does.
 */
export const oneHot: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const places = placesOf(keysOf(step.params.keys));
  const width = numberOf(step, 'width');
  const allowsUnknown = step.params.zeros === true;
  // Numbers are cut to whole ones first.
  const cuts = step.params.cuts === true;
  const size = numberOf(step, 'size');
  return (rows) => {
    const x = buffers[input] as readonly (number | string)[];
    const y = plainAt(buffers, output);
    const count = sizeAt(size, rows);
    y.fill(0, 0, count * width);
    for (let i = 0; i < count; i++) {
      const value = x[i] as number | string;
      const found = places.get(cuts ? Math.trunc(value as number) + 0 : value);
      if (found !== undefined) y[i * width + found] = 1;
      else if (!allowsUnknown) throw new ExecutorRefusal('bad_value', 'a category that the encoder does not know');
    }
  };
};

/** Each element by its key's value, or `fallback`: `keys` and `values` of equal number. */
export const encode: Kernel = (step, buffers) => {
  const [input, output] = [inputOf(step, 0), outputOf(step, 0)];
  const places = placesOf(keysOf(step.params.keys));
  const values = keysOf(step.params.values) as readonly (number | string)[];
  const fallback = step.params.fallback as number | string;
  const size = numberOf(step, 'size');
  return (rows) => {
    const x = buffers[input] as readonly (number | string)[];
    const y = buffers[output] as (number | string)[];
    const count = sizeAt(size, rows);
    for (let i = 0; i < count; i++) {
      const found = places.get(x[i] as number | string);
      y[i] = found === undefined ? fallback : (values[found] as number | string);
    }
  };
};
