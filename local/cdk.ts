// The CDK CLI as a child process. It runs in a session of its own: Ctrl-C must not break a deploy in the middle, since a
// stack saved half-updated would refuse the next one.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.ts';

export interface CdkPlace {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
}

const TOLD_LINES = 25;
const running = new Map<number, Promise<void>>();

/** @throws Error with the end of what the CLI said */
export const runCdk = (args: readonly string[], place: CdkPlace): Promise<void> => {
  const child = spawn(process.execPath, [join(root, 'node_modules/aws-cdk/bin/cdk'), ...args, '--ci'], {
    cwd: place.cwd,
    env: place.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const take = (chunk: Buffer) => {
    text = (text + chunk).slice(-20_000);
    appendFileSync(place.logFile, chunk);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const done = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => {
      if (child.pid !== undefined) running.delete(child.pid);
      if (status === 0) return resolve();
      const end = text.trim().split('\n').slice(-TOLD_LINES).join('\n');
      reject(new Error(`cdk ${args[0]} failed. All it said is in ${place.logFile}; the end is:\n${end}`));
    });
  });
  if (child.pid !== undefined) running.set(child.pid, done);
  return done;
};

export const isCdkRunning = (): boolean => running.size > 0;

/** Until whatever runs has ended, well or not. */
export const cdkEnded = async (): Promise<void> => {
  await Promise.allSettled(running.values());
};

/** Ends whatever runs, with the app it may have started. */
export const killCdk = async (): Promise<void> => {
  for (const pid of running.keys()) {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
  await cdkEnded();
};
