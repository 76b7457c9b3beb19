// BundledFiles on the disk: the directory that the function's bundle lies in.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GovernanceFile } from '../contract.ts';
import type { BundledFiles } from '../ports.ts';

/** @param directory - holds the files under the names of `governanceFiles` */
export const bundledFiles = (directory: string): BundledFiles => {
  const texts = new Map<GovernanceFile, Promise<string>>();
  return {
    text: (file) => {
      const known = texts.get(file);
      if (known) return known;
      const text = readFile(join(directory, file), 'utf8');
      texts.set(file, text);
      return text;
    },
  };
};
