// One start or stop at a time for one state folder.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './processes.ts';
import type { LocalState } from './state.ts';

/** @returns what releases it. @throws Error naming the process that holds it */
export const lockState = (state: LocalState): (() => void) => {
  const file = join(state.folder, 'lock');
  if (existsSync(file)) {
    const holder = Number(readFileSync(file, 'utf8'));
    if (Number.isInteger(holder) && holder > 1 && holder !== process.pid && isAlive(holder)) {
      throw new Error(`another start or stop (pid ${holder}) is at work on ${state.folder}; wait for it, or end it`);
    }
    rmSync(file, { force: true });
  }
  // Exclusive: of two that found it stale at once, one wins and the other is told.
  writeFileSync(file, String(process.pid), { flag: 'wx' });
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  return release;
};
