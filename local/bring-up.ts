// Brings one local cloud up, from whatever it is found in: nothing, running, stopped, ended hard, half-made.
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  claimPort,
  deployTo,
  emulatorAnswers,
  endedUncleanly,
  isEmulatorRunning,
  isFrontRunning,
  startEmulator,
  startFront,
  stopCloud,
  stopEmulator,
  stopFront,
} from './cloud.ts';
import { currentDeployment, type Deployment, readDeployment } from './deploy.ts';
import { REGION } from './ministack.ts';
import { type Outputs, readOutputs, writeOutputs } from './outputs.ts';
import { root } from './root.ts';
import { say } from './say.ts';
import { seed } from './seed.ts';
import { type LocalState, venvFolder } from './state.ts';
import { ensureVenv } from './venv.ts';

export const ensureMinistackVenv = (): Promise<boolean> =>
  ensureVenv(venvFolder('ministack'), join(root, 'local/requirements.txt'), say);

/** @param fresh - forget all data first */
export const bringUp = async (state: LocalState, { fresh }: { fresh: boolean }): Promise<Outputs> => {
  mkdirSync(state.folder, { recursive: true });
  await ensureMinistackVenv();
  await clearIfNeeded(state, fresh);
  await ensureEmulator(state);
  const before = readDeployment(state.deployStampFile);
  const deployment = currentDeployment(state.deployStampFile) ?? (await deployTo(state));
  const apiId = deployment.outputs['aimass-dev-control'].ApiId;
  await ensureFront(state, apiId, before?.outputs['aimass-dev-control'].ApiId);
  const outputs = await ensureSeeded(state, deployment);
  await saveFirstState(state);
  return outputs;
};

/** Begins anew where asked to, and where a first start was interrupted before there was anything to keep. */
const clearIfNeeded = async (state: LocalState, fresh: boolean): Promise<void> => {
  const interrupted = !existsSync(state.savedFile) && existsSync(state.emulatorFolder);
  if (!fresh && !interrupted) return;
  say(fresh ? 'beginning anew: forgetting all local data' : 'the first start was interrupted: beginning it anew');
  await stopCloud(state);
  for (const path of [
    state.emulatorFolder,
    state.outputsFile,
    state.deployStampFile,
    state.unsavedFile,
    state.savedFile,
    state.deployFolder,
  ]) {
    rmSync(path, { recursive: true, force: true });
  }
};

const ensureEmulator = async (state: LocalState): Promise<void> => {
  if (isEmulatorRunning(state)) {
    if (await emulatorAnswers(state)) return say(`the local cloud runs already on port ${state.emulatorPort}`);
    say('the emulator that runs does not answer on this port: starting it again');
    await stopCloud(state);
  }
  if (endedUncleanly(state)) {
    say(`the last run ended without saving: going on from what was saved at ${savedAt(state)}`);
    say('accounts, models, calls and charges made after that may be lost');
    rmSync(state.deployStampFile, { force: true });
    await stopEmulator(state);
  }
  await stopFront(state);
  await claimPort(state.emulatorPort, 'emulator');
  await claimPort(state.frontPort, 'front');
  say(`starting the emulator on port ${state.emulatorPort}`);
  await startEmulator(state);
};

const savedAt = (state: LocalState): string => statSync(state.savedFile).mtime.toLocaleString('sv-SE');

const ensureFront = async (state: LocalState, apiId: string, knownApiId: string | undefined): Promise<void> => {
  if (isFrontRunning(state) && apiId === knownApiId) return;
  await stopFront(state);
  await claimPort(state.frontPort, 'front');
  await startFront(state, apiId);
};

const ensureSeeded = async (state: LocalState, deployment: Deployment): Promise<Outputs> => {
  const { UserPoolId: userPoolId, UserPoolClientId: userPoolClientId } = deployment.outputs['aimass-dev-data'];
  const apiUrl = `http://127.0.0.1:${state.frontPort}`;
  const known = readOutputs(state.outputsFile)?.demo;
  const demo = await seed({ apiUrl, emulatorPort: state.emulatorPort, userPoolId, userPoolClientId, known, say });
  const outputs = { apiUrl, consoleUrl: apiUrl, region: REGION, userPoolId, userPoolClientId, demo };
  writeOutputs(state.outputsFile, outputs);
  return outputs;
};

/** The emulator saves on a clean stop alone, so the first start stops it once when all is made. */
const saveFirstState = async (state: LocalState): Promise<void> => {
  if (existsSync(state.savedFile)) return;
  say('saving the state');
  if (!(await stopEmulator(state))) throw new Error('the emulator did not save its state; start again');
  writeFileSync(state.savedFile, '');
  await startEmulator(state);
};
