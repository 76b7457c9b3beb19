// A Python with Triton's own client in it, made once under .aimass/ and again only when the pins change.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { venvFolder } from '../../local/state.ts';
import { ensureVenv, findPython } from '../../local/venv.ts';

export interface Python {
  readonly command: string;
  /** Environment in which `python3` is this one, too. */
  readonly env: NodeJS.ProcessEnv;
}

/** @throws Error that says what is missing, when there is no Python that can install packages */
export const pythonWithTriton = async (): Promise<Python> => {
  const folder = venvFolder('contract');
  await alone(`${folder}.lock`, () => ensureVenv(folder, join(import.meta.dirname, 'requirements.txt'), console.error));
  const command = join(folder, 'bin', 'python');
  // Where no virtual environment could be made, the packages lie in the folder itself.
  if (!existsSync(command)) return { command: findPython(), env: { ...process.env, PYTHONPATH: folder } };
  return { command, env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` } };
};

/** Test files run side by side: one installs, the others wait. A lock whose holder is gone is taken over. */
const alone = async (lock: string, work: () => Promise<unknown>): Promise<void> => {
  mkdirSync(dirname(lock), { recursive: true });
  while (!take(lock)) await sleep(200);
  try {
    await work();
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
