// Where one local cloud keeps its things, and on which ports it listens: AIMASS_STATE and AIMASS_PORT.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { root } from './root.ts';

export interface LocalState {
  /** Absolute. */
  readonly folder: string;
  readonly emulatorPort: number;
  readonly frontPort: number;
  /** Holds the emulator's state, objects and log. */
  readonly emulatorFolder: string;
  readonly outputsFile: string;
  readonly frontPidFile: string;
  readonly frontLogFile: string;
  readonly deployStampFile: string;
  /** Says that the emulator runs with changes it has not saved; gone after a clean stop. */
  readonly unsavedFile: string;
  /** Written at each clean stop of a cloud that was once complete; without it there is nothing worth keeping. */
  readonly savedFile: string;
  /** Templates, stack outputs and log of the last deploy. */
  readonly deployFolder: string;
}

/** Ports from 1024 on that no browser, and no fetch, connects to (WHATWG Fetch, "bad port"). */
const refusedByBrowsers: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
]);

/** @throws Error naming the variable, what came and what is allowed */
export const readState = (env: NodeJS.ProcessEnv = process.env): LocalState => {
  const port = Number(env.AIMASS_PORT ?? '4566');
  if (!Number.isInteger(port) || port < 1024 || port > 65_534) {
    throw new Error(`'AIMASS_PORT' must be a port between 1024 and 65534, got '${env.AIMASS_PORT}'`);
  }
  const refused = [port, port + 1].find((one) => refusedByBrowsers.has(one));
  if (refused !== undefined) {
    throw new Error(
      `'AIMASS_PORT' must be a port that browsers call, and the next one too; none calls ${refused} (it is reserved for another protocol). Got '${env.AIMASS_PORT}'`,
    );
  }
  const given = env.AIMASS_STATE || '.aimass';
  return stateAt(isAbsolute(given) ? given : resolve(root, given), port);
};

/**
 * Makes the state folder, part by part: Node's own recursive way never ends where the system refuses a part without a
 * reason it knows, as below /proc. @throws Error naming the variable and what stands in the way
 */
export const makeStateFolder = ({ folder }: Pick<LocalState, 'folder'>): void => {
  const missing: string[] = [];
  for (let part = folder; !existsSync(part); part = dirname(part)) missing.unshift(part);
  for (const part of missing) {
    try {
      mkdirSync(part);
    } catch (fault) {
      // Another start may have made it meanwhile.
      if (existsSync(part)) continue;
      const reason = fault instanceof Error ? fault.message : String(fault);
      throw new Error(`'AIMASS_STATE' must be a folder that can be made, got '${folder}': ${reason}`);
    }
  }
};

export const stateAt = (folder: string, emulatorPort: number): LocalState => ({
  folder,
  emulatorPort,
  frontPort: emulatorPort + 1,
  emulatorFolder: join(folder, 'emulator'),
  outputsFile: join(folder, 'outputs.json'),
  frontPidFile: join(folder, 'front.pid'),
  frontLogFile: join(folder, 'front.log'),
  deployStampFile: join(folder, 'deployed.json'),
  unsavedFile: join(folder, 'unsaved'),
  savedFile: join(folder, 'saved'),
  deployFolder: join(folder, 'deploy'),
});

/** The Python environments are the machine's, not one state's: two local clouds share them. */
export const venvFolder = (name: string): string => join(root, '.aimass', 'venv', name);
