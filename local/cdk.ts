// The CDK CLI as a child process. It runs in a session of its own, with its log as its output: neither Ctrl-C nor the end
// of this process may break a deploy in the middle, since a stack saved half-updated would refuse the next one.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetPid, isAlive, rememberPid, runningPid } from './processes.ts';
import { root } from './root.ts';

export interface CdkPlace {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** For its log and pid. */
  readonly folder: string;
}

const TOLD_LINES = 25;

/** @throws Error with the end of what the CLI said */
export const runCdk = async (args: readonly string[], { cwd, env, folder }: CdkPlace): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const logFile = join(folder, `cdk-${args[0]}.log`);
  const pidFile = join(folder, `cdk-${args[0]}.pid`);
  const log = openSync(logFile, 'a');
  const begin = statSync(logFile).size;
  const child = spawn(process.execPath, [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--ci'], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  if (child.pid !== undefined) rememberPid(pidFile, child.pid);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  forgetPid(pidFile);
  if (status === 0) return;
  const lines = readFileSync(logFile).subarray(begin).toString().trim().split('\n');
  throw new Error(
    `cdk ${args[0]} failed. All it said is in ${logFile}; the end is:\n${lines.slice(-TOLD_LINES).join('\n')}`,
  );
};

/** What runs in the folder, begun by this process or by one that was killed. */
const cdkPids = (folder: string): number[] => {
  try {
    const pidFiles = readdirSync(folder).filter((name) => /^cdk-.*\.pid$/.test(name));
    return pidFiles.flatMap((name) => runningPid(join(folder, name)) ?? []);
  } catch {
    // There is no such folder yet.
    return [];
  }
};

export const isCdkRunning = (folder: string): boolean => cdkPids(folder).length > 0;

/** Until whatever runs has ended, well or not. */
export const cdkEnded = async (folder: string): Promise<void> => {
  while (isCdkRunning(folder)) await sleep(100);
};

/** Ends whatever runs, with the app it may have started. */
export const killCdk = async (folder: string): Promise<void> => {
  for (const pid of cdkPids(folder)) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
    while (isAlive(pid)) await sleep(20);
  }
};
