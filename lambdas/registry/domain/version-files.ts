// The files of a version as they are given away: what passed the scan and is served, under its own hash.
import { DomainError } from '../../shared/kernel/errors.ts';
import { MODEL_FILE } from '../contract.ts';
import type { Version } from '../ports.ts';

export interface ServedFile {
  /** In the version: `model.onnx`, `tokenizer/vocab.txt`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
  /** In the artifacts bucket. */
  readonly key: string;
}

/**
 * In their order. The model is the artifact, never what was uploaded: where a ZipMap was cut, or data of tensors put in,
 * they differ, and only the artifact passed the scan.
 * @throws DomainError version_state_forbids while nothing has passed, and once it is retired
 */
export const servedFiles = (version: Version): readonly ServedFile[] => {
  const { validated, files } = version;
  if (!validated || version.state === 'retired') {
    throw new DomainError(
      'conflict',
      'version_state_forbids',
      `'files' needs a version that passed its scan and is not retired, got '${version.state}'`,
    );
  }
  const { key, sha256, sizeBytes } = validated.artifact;
  return files.map((file) =>
    file.path === MODEL_FILE ? { path: file.path, sizeBytes, sha256, key } : { ...file, key: `sha256/${file.sha256}` },
  );
};

/** @throws DomainError file_not_found */
export const fileAt = (version: Version, files: readonly ServedFile[], path: string): ServedFile => {
  const found = files.find((file) => file.path === path.replace(/\/+$/, ''));
  if (found) return found;
  throw new DomainError(
    'not_found',
    'file_not_found',
    `no file '${path}' in '${version.model}' ${version.version}, which has ${files.map((file) => `'${file.path}'`).join(', ')}`,
  );
};
