// Tensors that keep their data in files beside the model (TensorProto.external_data): where each says that it lies.
// onnxruntime would open whatever file it is told of; here a location is a name in a list of declared files, or nothing.
import { ModelRejection, type RejectionPlace } from './rejection.ts';

/** As the model says it. Nothing of it is checked against any file yet. */
export interface ExternalTensor {
  readonly place: RejectionPlace;
  readonly location: string;
  /** First byte in that file. */
  readonly from: number;
  /** As its dimensions and type say. */
  readonly sizeBytes: number;
}

/** What `external_data` may state. `checksum` is of the whole file, by a broken hash: files are told apart by SHA-256 here. */
const keys: ReadonlySet<string> = new Set(['location', 'offset', 'length', 'checksum']);

/**
 * @param entries - key and value, in their order
 * @param sizeBytes - what the tensor takes by its dimensions and type
 * @throws ModelRejection external_location, external_range
 */
export const readExternal = (
  entries: readonly (readonly [key: string, value: string])[],
  sizeBytes: number,
  place: RejectionPlace,
): ExternalTensor => {
  const found = new Map<string, string>();
  for (const [key, value] of entries) {
    if (!keys.has(key) || found.has(key)) {
      const message = `'external_data' must state each of ${[...keys].join(', ')} once at most, got '${key}'`;
      throw new ModelRejection('external_location', message, place);
    }
    found.set(key, value);
  }
  const location = found.get('location') ?? '';
  if (location === '') throw new ModelRejection('external_location', "'location' must name a file", place);
  const from = byteCount('offset', found.get('offset') ?? '0', place);
  const length = found.get('length');
  const stated = length === undefined ? sizeBytes : byteCount('length', length, place);
  if (stated !== sizeBytes) {
    const message = `'length' must be the ${sizeBytes} bytes of the tensor's dimensions and type, got ${stated}`;
    throw new ModelRejection('external_range', message, place);
  }
  return { place, location, from, sizeBytes };
};

const byteCount = (name: string, text: string, place: RejectionPlace): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ModelRejection(
    'external_range',
    `'${name}' must be a whole number of bytes, got '${text.slice(0, 40)}'`,
    place,
  );
};

/**
 * Whether every tensor lies within a declared file.
 * @param sizes - of the files beside the model, by path
 * @throws ModelRejection external_location, external_range
 */
export const checkExternals = (externals: readonly ExternalTensor[], sizes: ReadonlyMap<string, number>): void => {
  for (const { place, location, from, sizeBytes } of externals) {
    const fileBytes = sizes.get(location);
    if (fileBytes === undefined) {
      const message = `'location' must be the path of a file of the same version, got '${location.slice(0, 200)}'`;
      throw new ModelRejection('external_location', message, place);
    }
    if (from + sizeBytes > fileBytes) {
      const message = `bytes ${from} to ${from + sizeBytes} must lie within '${location}' of ${fileBytes} bytes`;
      throw new ModelRejection('external_range', message, place);
    }
  }
};
