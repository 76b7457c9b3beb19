// A tensor's checks: its data lies in the file, and is as long as dimensions and type say. Data itself is never held.
import { readExternal } from '../external-data.ts';
import type { RejectionPlace } from '../rejection.ts';
import { entrySink } from './entry-sink.ts';
import type { ScanContext } from './scan-context.ts';
import type { Extent, Sink } from './sink.ts';

interface Storage {
  /** Bits of an element in `raw_data`. */
  readonly bits: number;
  /** The field that may hold the elements in place of `raw_data`. */
  readonly list: string;
  /** Entries of that field per element. */
  readonly perElement: number;
}

const int32 = (bits: number): Storage => ({ bits, list: 'int32_data', perElement: bits < 8 ? bits / 8 : 1 });

/** TensorProto.DataType → how it is stored. */
const storages: Readonly<Record<number, Storage>> = {
  1: { bits: 32, list: 'float_data', perElement: 1 },
  2: int32(8),
  3: int32(8),
  4: int32(16),
  5: int32(16),
  6: int32(32),
  7: { bits: 64, list: 'int64_data', perElement: 1 },
  9: int32(8),
  10: int32(16),
  11: { bits: 64, list: 'double_data', perElement: 1 },
  12: { bits: 32, list: 'uint64_data', perElement: 1 },
  13: { bits: 64, list: 'uint64_data', perElement: 1 },
  16: int32(16),
  17: int32(8),
  18: int32(8),
  19: int32(8),
  20: int32(8),
  21: int32(4),
  22: int32(4),
};
const STRING = 8;

/** The product of the dimensions; those that are 0 are left out of the bound, as runtimes multiply before they meet it. */
export const countElements = (scan: ScanContext, dims: readonly number[], place?: RejectionPlace): number => {
  let product = 1;
  for (const size of dims) {
    if (size < 0) throw scan.reject('tensor_shape', `a dimension must be 0 or more, got ${size}`, place);
    if (size > 0) product *= size;
    if (product > scan.bounds.tensorElements) {
      const got = dims.length > 1 ? `dimensions ${dims.join(' × ')}` : String(size);
      throw scan.reject(
        'tensor_shape',
        `a tensor must have at most ${scan.bounds.tensorElements} elements, got ${got}`,
        place,
      );
    }
  }
  return dims.includes(0) ? 0 : product;
};

/** @param onClose - told the tensor's name, where it stands, and how many elements it has */
export const tensorSink = (
  scan: ScanContext,
  onClose: (name: string, place: RejectionPlace, elements: number) => void = () => {},
): Sink => {
  const dims: number[] = [];
  const counts = new Map<string, number>();
  let dataType = 0;
  let rawBytes: number | undefined;
  let name = '';
  const entries: [string, string][] = [];
  let isExternal = false;
  return {
    wants: (field) => field === 'dims',
    int: (field, value) => {
      if (field === 'dims') {
        dims.push(value);
        scan.atMost('dimensions of a tensor', dims.length, scan.bounds.rank);
      } else if (field === 'data_type') dataType = value;
      else if (value === 1 && mayBeExternal(scan)) isExternal = true;
      else if (value !== 0) throw scan.reject('external_data', "'data_location' must be DEFAULT: a model is one file");
    },
    name: (_, value) => {
      name = value;
    },
    bytes: (field, length) => {
      if (field === 'raw_data') rawBytes = length;
      else if (field === 'string_data') counts.set(field, (counts.get(field) ?? 0) + 1);
    },
    count: (field, elements) => {
      counts.set(field, (counts.get(field) ?? 0) + elements);
    },
    message: (field) => (field === 'external_data' ? externalSink(scan, entries) : entrySink(scan)),
    close: ({ start }) => {
      const place = { path: scan.place().path, offset: start };
      const elements = countElements(scan, dims, place);
      const data = { dataType, elements, rawBytes, counts };
      if (isExternal) scan.externals?.push(readExternal(entries, externalSize(scan, data, place), place));
      else if (entries.length > 0) throw scan.reject('external_data', EMPTY_UNLESS, place);
      else checkSize(scan, data, place);
      onClose(name, place, elements);
    },
  };
};

const EMPTY_UNLESS = "'external_data' must be empty unless 'data_location' is EXTERNAL";

/** Of the graph's own tensors: what a function holds stands for itself wherever it is called. */
const mayBeExternal = (scan: ScanContext): boolean =>
  scan.externals !== undefined && scan.place().path.startsWith('graph.');

/** Refused once it has been read, where it is not allowed: a marker in it is the graver fault, and is told first. */
const externalSink = (scan: ScanContext, entries: [string, string][]): Sink => {
  scan.countMetadata();
  let key = '';
  let value = '';
  return {
    name: (field, text) => {
      if (field === 'key') key = text;
      else value = text;
    },
    close: (extent) => {
      if (!mayBeExternal(scan)) refuseExternal(scan, extent);
      entries.push([key, value]);
      scan.atMost("entries of 'external_data'", entries.length, 8);
    },
  };
};

const refuseExternal = (scan: ScanContext, { start }: Extent): never => {
  throw scan.reject('external_data', "'external_data' must be empty: a model is one file", {
    path: scan.place().path,
    offset: start,
  });
};

/** Bytes that the data takes in the other file. */
const externalSize = (
  scan: ScanContext,
  { dataType, elements, rawBytes, counts }: TensorData,
  place: RejectionPlace,
) => {
  const storage = storages[dataType];
  if (!storage) {
    throw scan.reject('tensor_type', `'data_type' must be one with data of a fixed size, got ${dataType}`, place);
  }
  if (rawBytes !== undefined || [...counts.values()].some((count) => count > 0)) {
    throw scan.reject('tensor_size', 'a tensor must have its data in the file or beside it, not both', place);
  }
  return Math.ceil((elements * storage.bits) / 8);
};

interface TensorData {
  readonly dataType: number;
  readonly elements: number;
  readonly rawBytes: number | undefined;
  /** Field → entries. */
  readonly counts: ReadonlyMap<string, number>;
}

const checkSize = (scan: ScanContext, { dataType, elements, rawBytes, counts }: TensorData, place: RejectionPlace) => {
  const storage = dataType === STRING ? { bits: 0, list: 'string_data', perElement: 1 } : storages[dataType];
  if (!storage) {
    throw scan.reject('tensor_type', `'data_type' must be one that the runtime has, got ${dataType}`, place);
  }
  for (const [field, count] of counts) {
    if (count > 0 && (rawBytes !== undefined || field !== storage.list)) {
      throw scan.reject('tensor_size', `'${field}' must be empty in a tensor of this type and storage`, place);
    }
  }
  const listed = counts.get(storage.list) ?? 0;
  if (rawBytes !== undefined) {
    if (dataType === STRING) throw scan.reject('tensor_size', "'raw_data' must not hold strings", place);
    const expected = Math.ceil((elements * storage.bits) / 8);
    if (rawBytes !== expected) throw sizeDiffers(scan, 'raw_data', 'bytes', expected, rawBytes, place);
    return;
  }
  const expected = Math.ceil(elements * storage.perElement);
  if (listed !== expected) throw sizeDiffers(scan, storage.list, 'entries', expected, listed, place);
};

const sizeDiffers = (
  scan: ScanContext,
  field: string,
  unit: string,
  expected: number,
  got: number,
  place: RejectionPlace,
) =>
  scan.reject(
    'tensor_size',
    `'${field}' must have ${expected} ${unit} by the tensor's dimensions and type, got ${got}`,
    place,
  );

/** Both of its tensors are looked at, then it is refused as a whole. */
export const sparseSink = (scan: ScanContext): Sink => ({
  message: () => tensorSink(scan),
  close: ({ start }) => {
    throw scan.reject('sparse_tensor', 'a tensor must be dense', { path: scan.place().path, offset: start });
  },
});
