// The local cloud as a whole: emulator and front of one state folder, started, saved and stopped together.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DeployTarget, readDeployment } from './deploy.ts';
import { type MiniStack, ministackAnswers, ministackPid, startMiniStack, stopMiniStack } from './ministack.ts';
import { endProcess, forgetPid, isListening, isPortFree, portHolder, runningPid, startDetached } from './processes.ts';
import { root } from './root.ts';
import { type LocalState, venvFolder } from './state.ts';

export const emulatorOf = (state: LocalState): MiniStack => ({
  port: state.emulatorPort,
  folder: state.emulatorFolder,
  venv: venvFolder('ministack'),
});

export const isEmulatorRunning = (state: LocalState): boolean => ministackPid(state.emulatorFolder) !== undefined;
export const isFrontRunning = (state: LocalState): boolean => runningPid(state.frontPidFile) !== undefined;

/** @throws Error naming the port and who holds it */
export const claimPort = async (port: number, what: string): Promise<void> => {
  if (await isPortFree(port)) return;
  throw new Error(
    `port ${port}, which the ${what} needs, is taken by ${portHolder(port)}. End that, or choose other ports with AIMASS_PORT=<port> (the front takes the next one).`,
  );
};

/** Starts the emulator on the saved state. From here on there are changes that only a clean stop saves. */
export const startEmulator = async (state: LocalState): Promise<void> => {
  mkdirSync(state.emulatorFolder, { recursive: true });
  writeFileSync(state.unsavedFile, String(state.emulatorPort));
  await startMiniStack(emulatorOf(state));
};

/** Marks the state as saved this moment, with what is deployed in it. */
export const rememberSaved = (state: LocalState): void =>
  writeFileSync(state.savedFile, readDeployment(state.deployStampFile)?.fingerprint ?? '');

/** Whether the one that runs on this state is on the port that is asked for now, and answers there. */
export const emulatorAnswers = async (state: LocalState): Promise<boolean> =>
  existsSync(state.unsavedFile) &&
  Number(readFileSync(state.unsavedFile, 'utf8')) === state.emulatorPort &&
  (await ministackAnswers({ port: state.emulatorPort }));

/** @returns false when it had to be killed, and so did not save */
export const stopEmulator = async (state: LocalState): Promise<boolean> => {
  const saved = await stopMiniStack(state.emulatorFolder);
  if (!saved) return false;
  rmSync(state.unsavedFile, { force: true });
  if (existsSync(state.savedFile)) rememberSaved(state);
  return true;
};

/** Whether the emulator ended without saving: whatever changed since the last clean stop is lost. */
export const endedUncleanly = (state: LocalState): boolean =>
  existsSync(state.unsavedFile) && !isEmulatorRunning(state);

export const startFront = async (state: LocalState, apiId: string): Promise<void> => {
  const pid = startDetached({
    command: process.execPath,
    args: [join(root, 'local/front.ts')],
    env: { FRONT_PORT: String(state.frontPort), EMULATOR_PORT: String(state.emulatorPort), API_ID: apiId },
    cwd: state.folder,
    logFile: state.frontLogFile,
    pidFile: state.frontPidFile,
  });
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; await sleep(50)) {
    if (await isListening(state.frontPort)) return;
    if (runningPid(state.frontPidFile) !== pid) break;
  }
  throw new Error(`the front did not get ready on port ${state.frontPort}; see ${state.frontLogFile}`);
};

export const stopFront = async (state: LocalState): Promise<void> => {
  const pid = runningPid(state.frontPidFile);
  if (pid !== undefined) await endProcess(pid, 5_000);
  forgetPid(state.frontPidFile);
};

/** Front first, so that nobody calls what is going away. @returns false when the state could not be saved */
export const stopCloud = async (state: LocalState): Promise<boolean> => {
  await stopFront(state);
  return stopEmulator(state);
};

export const deployTargetOf = (state: LocalState): DeployTarget => ({
  port: state.emulatorPort,
  folder: state.deployFolder,
  stampFile: state.deployStampFile,
});
