// A deployed cloud of its own for a test file: a copy of one template that was deployed once, on free ports, with a front.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployTo, startEmulator, startFront, stopCloud } from '../../local/cloud.ts';
import { type Deployment, readDeployment } from '../../local/deploy.ts';
import { fingerprint } from '../../local/fingerprint.ts';
import { clientEnv, endpointOf, REGION } from '../../local/ministack.ts';
import { freePortPair } from '../../local/processes.ts';
import { root } from '../../local/root.ts';
import { type LocalState, stateAt, venvFolder } from '../../local/state.ts';
import { ensureVenv } from '../../local/venv.ts';

export interface Cloud {
  /** The front: what clients call. */
  readonly apiUrl: string;
  /** The emulator: what AWS clients call. */
  readonly endpoint: string;
  /** For AWS clients in child processes. */
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: { readonly region: string; readonly userPoolId: string; readonly userPoolClientId: string };
  readonly deployment: Deployment['outputs'];
  readonly state: LocalState;
  stop(): Promise<void>;
}

const templates = join(root, '.aimass', 'test-templates');
const KEPT_TEMPLATES = 2;

const templateFolder = () =>
  join(templates, fingerprint(['local/deploy.ts', 'local/emulator-gaps.ts', 'local/requirements.txt']).slice(0, 16));

/** Deploys the template unless there is one of these sources. Called once a run, before any test file. */
export const prepareCloud = async (say: (line: string) => void): Promise<void> => {
  await ensureVenv(venvFolder('ministack'), join(root, 'local/requirements.txt'), say);
  const folder = templateFolder();
  if (existsSync(folder)) {
    utimesSync(folder, new Date(), new Date());
    return;
  }
  say('deploying the cloud that integration tests copy');
  mkdirSync(templates, { recursive: true });
  const making = mkdtempSync(join(templates, 'making-'));
  const state = stateAt(making, await freePortPair());
  try {
    await startEmulator(state);
    await deployTo(state);
    if (!(await stopCloud(state))) throw new Error('the emulator did not save the template');
    renameSync(making, folder);
  } finally {
    await stopCloud(state);
    rmSync(making, { recursive: true, force: true });
  }
  forgetOldTemplates();
};

const forgetOldTemplates = () => {
  const byAge = readdirSync(templates)
    .map((name) => join(templates, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of byAge.slice(KEPT_TEMPLATES)) rmSync(folder, { recursive: true, force: true });
};

/** @returns a running copy that shares nothing with any other */
export const startCloud = async (): Promise<Cloud> => {
  const template = templateFolder();
  const deployment = readDeployment(stateAt(template, 0).deployStampFile);
  if (!deployment)
    throw new Error('there is no deployed template: run the tests by `npm test` or `npm run test:<project>`');
  const folder = mkdtempSync(join(tmpdir(), 'aimass-cloud-'));
  const state = stateAt(folder, await freePortPair());
  for (const part of ['state', 's3']) {
    cpSync(join(template, 'emulator', part), join(state.emulatorFolder, part), { recursive: true });
  }
  const stop = async () => {
    await stopCloud(state);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await startEmulator(state);
    await startFront(state, deployment.outputs['aimass-dev-control'].ApiId);
  } catch (fault) {
    await stop();
    throw fault;
  }
  const { UserPoolId: userPoolId, UserPoolClientId: userPoolClientId } = deployment.outputs['aimass-dev-data'];
  return {
    apiUrl: `http://127.0.0.1:${state.frontPort}`,
    endpoint: endpointOf({ port: state.emulatorPort }),
    env: clientEnv({ port: state.emulatorPort }),
    outputs: { region: REGION, userPoolId, userPoolClientId },
    deployment: deployment.outputs,
    state,
    stop,
  };
};
