// Makes a directory hold exactly the given files. What is right already is not touched, so that two syntheses at one
// time do not take half-written files from each other.
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** @param files - path below `directory` → content */
export const writeTree = (directory: string, files: ReadonlyMap<string, Uint8Array>): void => {
  mkdirSync(directory, { recursive: true });
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(relative(directory, path))) rmSync(path, { force: true });
  }
  for (const [path, content] of files) writeIfOther(join(directory, path), content);
};

const writeIfOther = (path: string, content: Uint8Array) => {
  if (readOrUndefined(path)?.equals(content)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  chmodSync(temporary, 0o644);
  renameSync(temporary, path);
};

const readOrUndefined = (path: string) => {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
};
