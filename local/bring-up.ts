// Brings one local cloud up, from whatever it is found in: nothing, running, stopped, ended hard, half-made.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { killCdk } from './cdk.ts';
import {
  claimPort,
  deployTargetOf,
  emulatorAnswers,
  endedUncleanly,
  isEmulatorRunning,
  isFrontRunning,
  rememberSaved,
  startEmulator,
  startFront,
  stopCloud,
  stopEmulator,
  stopFront,
} from './cloud.ts';
import { currentDeployment, type Deployment, deploy, readDeployment, synthesise } from './deploy.ts';
import { REGION } from './ministack.ts';
import { type Outputs, readOutputs, writeOutputs } from './outputs.ts';
import { root } from './root.ts';
import { say } from './say.ts';
import { seed } from './seed.ts';
import { type LocalState, makeStateFolder, venvFolder } from './state.ts';
import { ensureVenv } from './venv.ts';

export interface BringUp {
  readonly state: LocalState;
  /** Forget all data first. */
  readonly fresh: boolean;
  /** Aborted: nothing more is begun, and the promise is rejected. */
  readonly signal: AbortSignal;
}

export const bringUp = async (wish: BringUp): Promise<Outputs> => {
  const { state, signal } = wish;
  makeStateFolder(state);
  await clearIfNeeded(wish);
  await tellUncleanEnd(state);
  await ensureReachable(state);
  const before = readDeployment(state.deployStampFile);
  const current = currentDeployment(state.deployStampFile);
  const target = deployTargetOf(state);
  // Synthesis needs no emulator: it runs while Python's packages are installed and the emulator starts.
  const assembly = current ? undefined : synthesise(target);
  assembly?.catch(() => {});
  await ensureVenv(venvFolder('ministack'), join(root, 'local/requirements.txt'), say);
  signal.throwIfAborted();
  await ensureEmulator(state);
  signal.throwIfAborted();
  const deployment = current ?? (await deploy(target, assembly ?? synthesise(target)));
  signal.throwIfAborted();
  const apiId = deployment.outputs['aimass-dev-control'].ApiId;
  await ensureFront(state, apiId, before?.outputs['aimass-dev-control'].ApiId);
  const outputs = await ensureSeeded(state, deployment);
  signal.throwIfAborted();
  await saveFirstState(state);
  return outputs;
};

/** Begins anew where asked to, and where a first start was interrupted before there was anything to keep. */
const clearIfNeeded = async ({ state, fresh }: BringUp): Promise<void> => {
  const interrupted = !existsSync(state.savedFile) && existsSync(state.emulatorFolder);
  if (!fresh && !interrupted) return;
  say(fresh ? 'beginning anew: forgetting all local data' : 'the first start was interrupted: beginning it anew');
  await killCdk(state.deployFolder);
  await stopCloud(state);
  for (const path of [
    state.savedFile,
    state.emulatorFolder,
    state.outputsFile,
    state.deployStampFile,
    state.unsavedFile,
    state.deployFolder,
  ]) {
    rmSync(path, { recursive: true, force: true });
  }
};

/** What was deployed after the last save is among what is lost, and is deployed again. */
const tellUncleanEnd = async (state: LocalState): Promise<void> => {
  if (!endedUncleanly(state)) return;
  const savedAt = statSync(state.savedFile).mtime.toLocaleString('sv-SE');
  say(`the last run ended without saving: going on from the state saved at ${savedAt}`);
  say('accounts, models, keys and charges made after that are lost');
  const saved = readFileSync(state.savedFile, 'utf8');
  if (readDeployment(state.deployStampFile)?.fingerprint !== saved) rmSync(state.deployStampFile, { force: true });
  await stopEmulator(state);
};

/** Either it runs and answers, or its ports are free. */
const ensureReachable = async (state: LocalState): Promise<void> => {
  if (isEmulatorRunning(state)) {
    if (await emulatorAnswers(state)) return say(`the local cloud runs already on port ${state.emulatorPort}`);
    say(`the local cloud runs, but does not answer on port ${state.emulatorPort}: starting it again`);
    await stopCloud(state);
  }
  await stopFront(state);
  await claimPort(state.emulatorPort, 'emulator');
  await claimPort(state.frontPort, 'front');
};

const ensureEmulator = async (state: LocalState): Promise<void> => {
  if (isEmulatorRunning(state)) return;
  say(`starting the emulator on port ${state.emulatorPort}`);
  await startEmulator(state);
};

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
  rememberSaved(state);
  await startEmulator(state);
};
