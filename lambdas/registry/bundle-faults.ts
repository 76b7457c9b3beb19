// What is wrong with a list of files as a whole, each file for itself being well-formed.

import { isForbiddenName, sameName } from './domain/file-path.ts';
import { BUNDLE_LIMIT_BYTES, FILE_LIMIT_BYTES, MODEL_FILE } from './terms.ts';

export const bundleFaults = (files: readonly { readonly path: string; readonly sizeBytes: number }[]): string[] => {
  const faults: string[] = [];
  if (!files.some(({ path }) => path === MODEL_FILE)) faults.push(`must hold '${MODEL_FILE}'`);
  const seen = new Map<string, string>();
  for (const { path } of files) {
    const earlier = seen.get(sameName(path));
    if (earlier !== undefined) faults.push(`must name each file once, whatever its case: '${earlier}' and '${path}'`);
    seen.set(sameName(path), path);
    if (isForbiddenName(path)) faults.push(`must hold no programs, archives or pickles, got '${path}'`);
  }
  for (const { path } of files) {
    // On a disk a name is a file or a folder.
    const folder = [...seen.keys()].find((other) => sameName(path) !== other && other.startsWith(`${sameName(path)}/`));
    if (folder !== undefined) faults.push(`must not name '${path}' both as a file and as a folder`);
  }
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  // Of one that is too large by itself, that is told.
  const areSmall = files.every((file) => file.sizeBytes <= FILE_LIMIT_BYTES);
  if (areSmall && sizeBytes > BUNDLE_LIMIT_BYTES)
    faults.push(`must have at most ${BUNDLE_LIMIT_BYTES} bytes (1 GiB) together, got ${sizeBytes}`);
  return faults;
};
