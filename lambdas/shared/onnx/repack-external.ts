// A model whose tensors lie in files beside it, as one file: each such tensor gets its bytes as `raw_data`, and the
// messages around it their new lengths. All else stays as it was, byte for byte, in its order.
//
//   tensor  … │dims│data_type│name│external_data…│data_location│
//   packed  … │dims│data_type│name│raw_data: bytes of the file │
//
// The file's bytes need not be in memory beside the result: the plan says where each stretch of them goes.
import { checkExternals, type ExternalTensor } from './external-data.ts';
import { createModelScan } from './scan-model.ts';

/** Bytes `from` to `from + sizeBytes` of the file go to byte `at` of the result. */
export interface Stretch {
  readonly file: string;
  readonly from: number;
  readonly sizeBytes: number;
  readonly at: number;
}

export interface RepackPlan {
  /** The result, its stretches still empty. */
  readonly bytes: Uint8Array;
  readonly stretches: readonly Stretch[];
}

/** Size of the result at most: each tensor's bytes, and what their tags and the lengths around them may grow by. */
export const repackedSize = (modelBytes: number, externals: readonly ExternalTensor[]): number =>
  externals.reduce((sum, { sizeBytes }) => sum + sizeBytes + 64, modelBytes);

/**
 * @param model - one that the scan accepts with external data
 * @param externals - as that scan told them, each within a declared file
 */
export const planRepack = (model: Uint8Array, externals: readonly ExternalTensor[]): RepackPlan => {
  const byStart = new Map(externals.map((external) => [external.place.offset, external]));
  const whole = rewrite({ model, byStart }, 'model', 0, model.length);
  if (byStart.size > 0) throw new Error('a tensor with external data was not met again');
  const bytes = new Uint8Array(whole.sizeBytes);
  const stretches: Stretch[] = [];
  let at = 0;
  for (const part of whole.parts) {
    if (part instanceof Uint8Array) bytes.set(part, at);
    else stretches.push({ file: part.location, from: part.from, sizeBytes: part.sizeBytes, at });
    at += part instanceof Uint8Array ? part.length : part.sizeBytes;
  }
  return { bytes, stretches };
};

/** Takes a file's chunks in turn and fills what of the result lies in it. */
export const fillFrom = ({ bytes, stretches }: RepackPlan, file: string): ((chunk: Uint8Array) => void) => {
  const wanted = stretches.filter((stretch) => stretch.file === file).sort((a, b) => a.from - b.from);
  let offset = 0;
  let first = 0;
  return (chunk) => {
    const end = offset + chunk.length;
    for (let index = first; index < wanted.length; index++) {
      const { from, sizeBytes, at } = wanted[index] ?? NOTHING;
      if (from >= end) break;
      if (index === first && from + sizeBytes <= offset) first++;
      const start = Math.max(from, offset);
      const stop = Math.min(from + sizeBytes, end);
      if (start < stop) bytes.set(chunk.subarray(start - offset, stop - offset), at + start - from);
    }
    offset = end;
  };
};

/**
 * The same for what fits in memory as it is.
 * @param files - beside the model, by path
 * @throws ModelRejection external_location, external_range; Error when the scan refuses the model
 */
export const repackExternal = (model: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Uint8Array => {
  const scan = createModelScan({}, { allowExternal: true });
  scan.push(model);
  const report = scan.finish();
  if (!report.ok) throw new Error(`only a scanned model is repacked, got one refused for '${report.rejection.rule}'`);
  checkExternals(report.externals, new Map([...files].map(([path, bytes]) => [path, bytes.length])));
  const plan = planRepack(model, report.externals);
  for (const [path, bytes] of files) fillFrom(plan, path)(bytes);
  return plan.bytes;
};

const NOTHING: Stretch = { file: '', from: 0, sizeBytes: 0, at: 0 };

type Part = Uint8Array | ExternalTensor;
interface Rewritten {
  readonly parts: readonly Part[];
  readonly sizeBytes: number;
}

/** Message → its fields that lead to tensors. */
const ways: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  model: { 7: 'graph' },
  graph: { 1: 'node', 5: 'tensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph' },
  tensor: {},
};
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
const RAW_DATA_TAG = 9 * 8 + 2;

interface Source {
  readonly model: Uint8Array;
  /** Those not met yet, by where their tag stands. */
  readonly byStart: Map<number, ExternalTensor>;
}

/** Depth and form were bounded by the scan. */
const rewrite = (source: Source, kind: string, start: number, end: number, external?: ExternalTensor): Rewritten => {
  const { model, byStart } = source;
  const parts: Part[] = [];
  let sizeBytes = 0;
  let keptFrom = start;
  const add = (...more: readonly Part[]) => {
    for (const part of more) {
      parts.push(part);
      sizeBytes += part instanceof Uint8Array ? part.length : part.sizeBytes;
    }
  };
  const keepTo = (at: number) => {
    if (at > keptFrom) add(model.subarray(keptFrom, at));
  };
  for (let at = start; at < end; ) {
    const field = readField(model, at);
    const inner = ways[kind]?.[field.number];
    const isDropped = external !== undefined && (field.number === EXTERNAL_DATA || field.number === DATA_LOCATION);
    if (isDropped) {
      keepTo(at);
      keptFrom = field.end;
    } else if (inner !== undefined && field.wire === 2 && holdsAny(byStart, at, field.end)) {
      const own = inner === 'tensor' ? byStart.get(at) : undefined;
      byStart.delete(at);
      const changed = rewrite(source, inner, field.contentStart, field.end, own);
      keepTo(at);
      add(model.subarray(at, field.lengthStart), varint(changed.sizeBytes), ...changed.parts);
      keptFrom = field.end;
    }
    at = field.end;
  }
  keepTo(end);
  if (external) add(Uint8Array.of(RAW_DATA_TAG), varint(external.sizeBytes), external);
  return { parts, sizeBytes };
};

/** The next external tensor of the file decides: they are met in the file's order. */
const holdsAny = (byStart: ReadonlyMap<number, ExternalTensor>, start: number, end: number): boolean => {
  const [next] = byStart.keys();
  return next !== undefined && next >= start && next < end;
};

const readField = (bytes: Uint8Array, at: number) => {
  const tag = readVarint(bytes, at);
  const number = Math.floor(tag.value / 8);
  const wire = tag.value % 8;
  if (wire === 2) {
    const length = readVarint(bytes, tag.end);
    return { number, wire, lengthStart: tag.end, contentStart: length.end, end: length.end + length.value };
  }
  const end = wire === 0 ? readVarint(bytes, tag.end).end : tag.end + (wire === 1 ? 8 : 4);
  return { number, wire, lengthStart: tag.end, contentStart: tag.end, end };
};

/** Values beyond 2^53 lose digits; only their length counts. */
const readVarint = (bytes: Uint8Array, from: number): { readonly value: number; readonly end: number } => {
  let value = 0;
  let scale = 1;
  let at = from;
  for (;;) {
    const byte = bytes[at++] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at };
    scale *= 128;
  }
};

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
};
