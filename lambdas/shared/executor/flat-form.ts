// A plan as bytes, and back. Large arrays lie aligned in the bytes and are used where they lie.
//
//   0        4        8        12       16
//   ┌────────┬────────┬────────┬────────┬──────────────────────────┬───────┬───────┬───
//   │ 'AIMX' │ version│ length │ outline│ outline: JSON, UTF-8,     │ array │ array │ …
//   │        │        │ of all │ length │ padded with spaces to 8   │       │       │
//   └────────┴────────┴────────┴────────┴──────────────────────────┴───────┴───────┴───
//
// All numbers are little-endian uint32. The outline is the plan; an array stands in it as {"$": type, "at": offset from
// the first array, "n": elements}, each at a multiple of 8. The same plan always gives the same bytes.
import { ExecutorRefusal } from './executor-refusal.ts';
import type { PlainArray, Plan } from './plan.ts';

const MAGIC = 0x584d4941;
/** Rises with every change of what steps mean: older forms are compiled again, never read wrongly. */
export const FLAT_FORM_VERSION = 1;
/** What a compiled model is said to be made by, and what whoever runs it looks for (`madeBy` of a product). */
export const FLAT_MAKER = `executor ${FLAT_FORM_VERSION}`;
const HEADER_BYTES = 16;
const ALIGNMENT = 8;

const arrayTypes = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const;
type ArrayType = keyof typeof arrayTypes;

interface ArrayReference {
  readonly $: ArrayType;
  readonly at: number;
  readonly n: number;
}

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const padded = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

const typeOf = (value: unknown): ArrayType | undefined => {
  for (const [type, elements] of Object.entries(arrayTypes)) {
    if (value instanceof elements) return type as ArrayType;
  }
  return undefined;
};

// JSON knows neither; they occur as parameters of comparisons and clips.
const nonFinite: Readonly<Record<string, number>> = { NaN: Number.NaN, inf: Infinity, '-inf': -Infinity, '-0': -0 };
const textOf = (value: number): string | undefined =>
  Object.keys(nonFinite).find((text) => Object.is(nonFinite[text], value));

export const encodePlan = (plan: Plan): Uint8Array => {
  const arrays: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let arraysBytes = 0;
  const outline = JSON.stringify(plan, (_key, value: unknown) => {
    if (typeof value === 'number') {
      const text = textOf(value);
      return text === undefined ? value : { $: text };
    }
    const type = typeOf(value);
    if (!type) return value;
    const array = value as PlainArray;
    const at = arraysBytes;
    arrays.push({ at, bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) });
    arraysBytes += padded(array.byteLength);
    return { $: type, at, n: array.length } satisfies ArrayReference;
  });
  const outlineBytes = new TextEncoder().encode(outline);
  const arraysStart = padded(HEADER_BYTES + outlineBytes.length);
  const bytes = new Uint8Array(arraysStart + arraysBytes);
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, FLAT_FORM_VERSION, true);
  header.setUint32(8, bytes.length, true);
  header.setUint32(12, arraysStart - HEADER_BYTES, true);
  bytes.fill(0x20, HEADER_BYTES, arraysStart);
  bytes.set(outlineBytes, HEADER_BYTES);
  for (const { at, bytes: content } of arrays) bytes.set(content, arraysStart + at);
  return bytes;
};

const badForm = (message: string) => new ExecutorRefusal('bad_form', message);

/**
 * @param bytes - kept and read by what is returned: not to be changed. Copied once when they do not lie at a multiple of 8
 * @throws ExecutorRefusal bad_form
 */
export const decodePlan = (bytes: Uint8Array): Plan => {
  if (!isLittleEndian) throw badForm('compiled models are little-endian, this machine is not');
  if (bytes.length < HEADER_BYTES) throw badForm(`a compiled model must have a header, got ${bytes.length} bytes`);
  const aligned = bytes.byteOffset % ALIGNMENT === 0 ? bytes : new Uint8Array(bytes);
  const header = new DataView(aligned.buffer, aligned.byteOffset, HEADER_BYTES);
  if (header.getUint32(0, true) !== MAGIC) throw badForm('a compiled model must begin with AIMX');
  const version = header.getUint32(4, true);
  if (version !== FLAT_FORM_VERSION) {
    throw badForm(`a compiled model must be of version ${FLAT_FORM_VERSION}, got ${version}`);
  }
  const length = header.getUint32(8, true);
  if (length !== aligned.length) throw badForm(`a compiled model says it has ${length} bytes, got ${aligned.length}`);
  const arraysStart = HEADER_BYTES + header.getUint32(12, true);
  if (arraysStart % ALIGNMENT !== 0 || arraysStart > length)
    throw badForm('the outline goes beyond the compiled model');
  const outline = new TextDecoder().decode(aligned.subarray(HEADER_BYTES, arraysStart));
  try {
    return JSON.parse(outline, (_key, value: unknown) => revive(value, aligned.subarray(arraysStart))) as Plan;
  } catch (fault) {
    if (fault instanceof SyntaxError) throw badForm(`the outline must be JSON: ${fault.message}`);
    throw fault;
  }
};

const revive = (value: unknown, arrays: Uint8Array): unknown => {
  if (typeof value !== 'object' || value === null || !('$' in value)) return value;
  const { $: type, at, n } = value as ArrayReference;
  if (type in nonFinite) return nonFinite[type];
  const elements = arrayTypes[type];
  const isWhole = Number.isSafeInteger(at) && Number.isSafeInteger(n) && at >= 0 && n >= 0 && at % ALIGNMENT === 0;
  if (!elements || !isWhole || at + n * elements.BYTES_PER_ELEMENT > arrays.length) {
    throw badForm(`an array of the outline lies beyond the compiled model: ${JSON.stringify(value)}`);
  }
  return new elements(arrays.buffer as ArrayBuffer, arrays.byteOffset + at, n);
};
