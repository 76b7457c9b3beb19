// A child process for models that nobody trusts: nothing of our environment, an empty directory of its own, no core
// dumps, and a memory limit that is watched here and held by the kernel.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zeroedMemoryEnv } from '../contract.ts';
import { peakResidentBytes } from './process-memory.ts';

export const MEMORY_POLL_MS = 20;

/**
 * What the kernel refuses beyond, in case memory is taken faster than it is looked at. It counts more than what is
 * resident (thread stacks, reserves), hence the margin.
 */
const DATA_MARGIN_BYTES = 512 * 1_048_576;

/** Where the native libraries are, and no more. */
const childEnvironment = (fillsMemory: boolean): NodeJS.ProcessEnv => {
  const { NODE_PATH, LD_LIBRARY_PATH } = process.env;
  return {
    ...(NODE_PATH ? { NODE_PATH } : {}),
    ...(LD_LIBRARY_PATH ? { LD_LIBRARY_PATH } : {}),
    ...(fillsMemory ? zeroedMemoryEnv : {}),
  };
};

export interface IsolatedOptions {
  /** As the running Node can load it. */
  readonly file: string;
  /** Empty, and its own. Whoever made it removes it. @default one that is made, and removed when the process is gone */
  readonly directory?: string;
  readonly memoryBytes: number;
  /** Largest file that it may write. @default 0 */
  readonly fileBytes?: number;
  /** For a process that serves several callers: no memory is given out as another left it. @default false */
  readonly fillsMemory?: boolean;
  /** It has held more; asked again and again until it is gone. */
  readonly onMemory: () => void;
}

/** Standard input, standard error and file descriptor 3 are pipes; whatever libraries print goes nowhere. */
export const startIsolated = (options: IsolatedOptions): ChildProcess => {
  const { file, memoryBytes, fileBytes = 0, fillsMemory = false, onMemory } = options;
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'isolated-'));
  // In blocks of 512 bytes.
  const fileBlocks = Math.ceil(fileBytes / 512);
  const dataKiB = Math.ceil((memoryBytes + DATA_MARGIN_BYTES) / 1024);
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      'ulimit -c 0 && ulimit -d "$0" && ulimit -f "$1" && shift && exec "$@"',
      String(dataKiB),
      String(fileBlocks),
      process.execPath,
      file,
    ],
    { cwd: directory, env: childEnvironment(fillsMemory), stdio: ['pipe', 'ignore', 'pipe', 'pipe'] },
  );
  const poll = setInterval(() => {
    if (child.pid !== undefined && (peakResidentBytes(child.pid) ?? 0) > memoryBytes) onMemory();
  }, MEMORY_POLL_MS);
  let isCleared = false;
  const clear = () => {
    if (isCleared) return;
    isCleared = true;
    clearInterval(poll);
    if (options.directory === undefined) rmSync(directory, { recursive: true, force: true });
  };
  child.on('close', clear);
  child.on('error', clear);
  return child;
};
