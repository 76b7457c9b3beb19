import type { StoredFile } from '../ports.ts';

/** @throws Error when the object is not as long as the file */
export const checkSize = ({ key, sizeBytes }: StoredFile, gotBytes: number): void => {
  if (gotBytes !== sizeBytes) throw new Error(`artifact ${key} must have ${sizeBytes} bytes, got ${gotBytes}`);
};

/** @throws Error when what was read is not the file */
export const checkFile = (file: StoredFile, gotBytes: number, gotSha256: string): void => {
  checkSize(file, gotBytes);
  if (gotSha256 !== file.sha256) {
    throw new Error(`artifact ${file.key} must have the SHA-256 ${file.sha256}, got ${gotSha256}`);
  }
};
