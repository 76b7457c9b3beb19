// One cold start: a process, its first call, its times.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface ColdStart {
  /** Node's own start, before any code of either side. */
  readonly bootMs: number;
  /** Until the handler is there. */
  readonly codeMs: number;
  /** From the event's text to the answer's text. */
  readonly answerMs: number;
  /** The processor's, of all threads, in both: what a busy machine does not change much. */
  readonly cpuMs: number;
  readonly answer: unknown;
}

const child = join(import.meta.dirname, 'child.cjs');

/** @param file - the handler's, an absolute path @throws Error when the process gives no answer */
export const startChild = (file: string, event: unknown, env: Readonly<Record<string, string>>): Promise<ColdStart> =>
  new Promise((resolve, reject) => {
    const started = spawn(process.execPath, [child, file, JSON.stringify(event)], {
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    let told = '';
    let said = '';
    started.stdio[3]?.on('data', (bytes: Buffer) => {
      told += bytes.toString();
    });
    for (const stream of [started.stdout, started.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        said += bytes.toString();
      });
    }
    started.on('error', reject);
    started.on('close', (code) => {
      if (code !== 0 || told === '') return reject(new Error(`${file} gave no answer: ${said.slice(0, 2_000)}`));
      const { answer, ...times } = JSON.parse(told) as ColdStart & { readonly answer: string };
      resolve({ ...times, answer: JSON.parse(answer) });
    });
  });
