// One start or stop at a time for one state folder.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './processes.ts';
import type { LocalState } from './state.ts';

const lockFile = (state: LocalState) => join(state.folder, 'lock');

/** The process that starts or stops this cloud just now, if it is not this one. */
export const lockHolder = (state: LocalState): number | undefined => {
  const file = lockFile(state);
  if (!existsSync(file)) return undefined;
  const holder = Number(readFileSync(file, 'utf8'));
  return Number.isInteger(holder) && holder > 1 && holder !== process.pid && isAlive(holder) ? holder : undefined;
};

/** @returns what releases it. @throws Error naming the process that holds it */
export const lockState = (state: LocalState): (() => void) => {
  const file = lockFile(state);
  const holder = lockHolder(state);
  if (holder !== undefined) {
    throw new Error(`another start or stop (pid ${holder}) is at work on ${state.folder}; wait for it, or npm stop`);
  }
  rmSync(file, { force: true });
  // Exclusive: of two that found it stale at once, one wins and the other is told.
  writeFileSync(file, String(process.pid), { flag: 'wx' });
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  return release;
};
