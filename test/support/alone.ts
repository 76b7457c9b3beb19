// Lets one process at a time do a thing: test files run side by side, and one of them installs or deploys for all.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** @param lock - a file that exists while the work is done; one whose holder is gone is taken over */
export const alone = async <T>(lock: string, work: () => Promise<T>): Promise<T> => {
  mkdirSync(dirname(lock), { recursive: true });
  while (!take(lock)) await sleep(200);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
};

const take = (lock: string): boolean => {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    if (!holderLives(lock)) rmSync(lock, { force: true });
    return false;
  }
};

const holderLives = (lock: string): boolean => {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    // Empty: it is being written this instant.
    return pid === 0 || process.kill(pid, 0);
  } catch {
    return false;
  }
};
