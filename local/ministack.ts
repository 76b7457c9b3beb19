// The emulator as a process: MiniStack, started with an environment of its own and stopped so that it saves its state.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { adaptState } from './adapt-state.ts';
import { endProcess, forgetPid, pidsNaming, runningPid, startDetached } from './processes.ts';
import { root } from './root.ts';

export interface MiniStack {
  readonly port: number;
  /** Holds everything of this instance: state, objects, temporary files, log, pid. */
  readonly folder: string;
  /** The virtual environment's folder with `bin/ministack`, or the `pip --target` folder. */
  readonly venv: string;
}

export const REGION = 'us-east-1';
const READY_WITHIN_MS = 30_000;
const SAVE_WITHIN_MS = 60_000;

const places = (folder: string) => ({
  state: join(folder, 'state'),
  objects: join(folder, 's3'),
  temporary: join(folder, 'tmp'),
  log: join(folder, 'ministack.log'),
  pid: join(folder, 'ministack.pid'),
});

export const endpointOf = ({ port }: Pick<MiniStack, 'port'>): string => `http://127.0.0.1:${port}`;

/** What an AWS client needs to talk to it; the emulator checks no signature. */
export const clientEnv = (instance: Pick<MiniStack, 'port'>): Record<string, string> => ({
  AWS_ENDPOINT_URL: endpointOf(instance),
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

/** The same, for a client in this process. */
export const clientConfig = (instance: Pick<MiniStack, 'port'>) => ({
  endpoint: endpointOf(instance),
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

/**
 * The emulator's whole environment. Functions inherit all of it, so it holds no AWS_ENDPOINT_URL (the emulator injects
 * its own) and no NODE_PATH (which would hide a missing layer).
 */
const environment = ({ port, folder, venv }: MiniStack): Record<string, string> => {
  const at = places(folder);
  return {
    HOME: process.env.HOME ?? folder,
    LANG: 'C.UTF-8',
    PATH: [join(root, 'node_modules/node/bin'), join(venv, 'bin'), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    PYTHONUNBUFFERED: '1',
    ...(existsSync(join(venv, 'pip-target')) ? { PYTHONPATH: venv } : {}),
    GATEWAY_PORT: String(port),
    BIND_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    PERSIST_STATE: '1',
    S3_PERSIST: '1',
    STATE_DIR: at.state,
    S3_DATA_DIR: at.objects,
    TMPDIR: at.temporary,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
};

export const ministackPid = (folder: string): number | undefined => runningPid(places(folder).pid);

/** Starts it and waits until it answers. @throws Error naming the log when it does not */
export const startMiniStack = async (instance: MiniStack): Promise<void> => {
  const at = places(instance.folder);
  for (const folder of [at.state, at.objects, at.temporary]) mkdirSync(folder, { recursive: true });
  // Functions run from here as CommonJS, whatever the package.json of a project above says.
  writeFileSync(join(at.temporary, 'package.json'), '{"type":"commonjs"}\n');
  adaptState(at.state, instance.port);
  const pid = startDetached({
    command: join(instance.venv, 'bin', 'ministack'),
    args: [],
    env: environment(instance),
    cwd: instance.folder,
    logFile: at.log,
    pidFile: at.pid,
  });
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(50)) {
    if (await ministackAnswers(instance)) return;
    if (runningPid(at.pid) !== pid) break;
  }
  await stopMiniStack(instance.folder);
  throw new Error(`the emulator did not get ready on port ${instance.port}; see ${at.log}`);
};

export const ministackAnswers = async (instance: Pick<MiniStack, 'port'>): Promise<boolean> => {
  try {
    return (await fetch(`${endpointOf(instance)}/_ministack/health`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
};

/** Ends it, letting it save, and then the function processes it leaves behind. @returns false when it had to be killed */
export const stopMiniStack = async (folder: string): Promise<boolean> => {
  const at = places(folder);
  const pid = runningPid(at.pid);
  const saved = pid === undefined ? true : await endProcess(pid, SAVE_WITHIN_MS);
  for (const worker of pidsNaming(join(at.temporary, 'ministack-'))) await endProcess(worker, 500);
  forgetPid(at.pid);
  return saved;
};
