// A deployed cloud of its own for a test file: a copy of one template that was deployed once, on free ports, with a front.
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bringUp } from '../../local/bring-up.ts';
import { startEmulator, startFront, stopCloud } from '../../local/cloud.ts';
import { type Deployment, readDeployment } from '../../local/deploy.ts';
import { fingerprint } from '../../local/fingerprint.ts';
import { clientEnv, endpointOf } from '../../local/ministack.ts';
import { type Outputs, readOutputs } from '../../local/outputs.ts';
import { freePortPair } from '../../local/processes.ts';
import { root } from '../../local/root.ts';
import { type LocalState, stateAt } from '../../local/state.ts';
import { alone } from './alone.ts';
import { startRecorder } from './recorder.ts';
import { saveRoles } from './save-roles.ts';

export interface Cloud {
  /** The front: what clients call. */
  readonly apiUrl: string;
  /** The emulator: what AWS clients call. */
  readonly endpoint: string;
  /** For AWS clients in child processes. */
  readonly env: Readonly<Record<string, string>>;
  /** As in outputs.json of `npm start`: the demo's people and keys work here, too. */
  readonly outputs: Outputs;
  readonly deployment: Deployment['outputs'];
  readonly state: LocalState;
  stop(): Promise<void>;
}

const templates = join(root, '.aimass', 'test-templates');

const templateFolder = () =>
  join(templates, fingerprint(['local', 'test/support/cloud.ts', 'test/support/save-roles.ts']).slice(0, 16));

/**
 * Makes the template unless there is one of these sources: all that a first `npm start` makes, stopped cleanly.
 * @returns its folder
 */
export const prepareCloud = (): Promise<string> =>
  alone(join(templates, 'lock'), async () => {
    const folder = templateFolder();
    if (existsSync(folder)) utimesSync(folder, new Date(), new Date());
    else await makeTemplate(folder);
    return folder;
  });

const makeTemplate = async (folder: string): Promise<void> => {
  forgetOldTemplates();
  const making = mkdtempSync(join(tmpdir(), 'aimass-template-'));
  const state = stateAt(making, await freePortPair());
  try {
    await bringUp({ state, fresh: false, signal: new AbortController().signal });
    await saveRoles(state);
    if (!(await stopCloud(state))) throw new Error('the emulator did not save the template');
    cpSync(making, `${folder}.new`, { recursive: true });
    renameSync(`${folder}.new`, folder);
  } finally {
    await stopCloud(state);
    rmSync(making, { recursive: true, force: true });
  }
};

/** All but the newest: the one that another run may be copying this moment. */
const forgetOldTemplates = () => {
  const byAge = readdirSync(templates)
    .filter((name) => name !== 'lock')
    .map((name) => join(templates, name))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of byAge.slice(1)) rmSync(folder, { recursive: true, force: true });
};

/** @returns a running copy that shares nothing with any other */
export const startCloud = async (): Promise<Cloud> => {
  const template = await prepareCloud();
  const made = stateAt(template, 0);
  const [deployment, outputs] = [readDeployment(made.deployStampFile), readOutputs(made.outputsFile)];
  if (!deployment || !outputs) throw new Error(`the template ${template} is not whole; remove it and try again`);
  const folder = mkdtempSync(join(tmpdir(), 'aimass-cloud-'));
  const state = stateAt(folder, await freePortPair());
  for (const part of ['state', 's3']) {
    cpSync(join(template, 'emulator', part), join(state.emulatorFolder, part), { recursive: true });
  }
  const endpoint = endpointOf({ port: state.emulatorPort });
  const stopRecorder = await startRecorder({
    stateFolder: join(state.emulatorFolder, 'state'),
    endpoint,
    template,
  });
  const stop = async () => {
    await stopCloud(state);
    await stopRecorder();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await startEmulator(state);
    await startFront(state, deployment.outputs['aimass-dev-control'].ApiId);
  } catch (fault) {
    await stop();
    throw fault;
  }
  const apiUrl = `http://127.0.0.1:${state.frontPort}`;
  return {
    apiUrl,
    endpoint,
    env: clientEnv({ port: state.emulatorPort }),
    outputs: { ...outputs, apiUrl, consoleUrl: apiUrl },
    deployment: deployment.outputs,
    state,
    stop,
  };
};
