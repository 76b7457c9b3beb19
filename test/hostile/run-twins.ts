// Runs models twice, in processes whose fresh memory is filled differently (by glibc's tunables): an answer that
// differs holds memory that nobody wrote. Whatever a model does to its process is noted, and the next goes on in a new one.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { peakResidentBytes } from '../../lambdas/inference/adapters/process-memory.ts';
import { CANARY, secretName } from './canaries.ts';
import type { TwinWords } from './twin-words.ts';

/** `contained`: it ended its process, by itself or because it took too long or too much. */
export type TwinResult =
  | { readonly ended: 'ran' | 'refused'; readonly same: boolean; readonly leaked: number }
  | { readonly ended: 'crashed' | 'timed_out' | 'out_of_memory' };

type End =
  | { readonly ended: 'ran' | 'refused'; readonly outputs: string; readonly leaked: number }
  | { readonly ended: Killed };
type Killed = 'crashed' | 'timed_out' | 'out_of_memory';

const childFile = fileURLToPath(new URL('./twin-child.ts', import.meta.url));
const TIME_MS = 4_000;
const MEMORY_BYTES = 1_073_741_824;
const DATA_KIB = 2 * (MEMORY_BYTES / 1024);
const POLL_MS = 50;
/** Each bit of fresh memory differs between the two. */
const PERTURBATIONS = ['85', '170'] as const;

const packed = (models: readonly Uint8Array[]) =>
  Buffer.concat(
    models.flatMap((model) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(model.length);
      return [length, model];
    }),
  );

const start = (directory: string, file: string, first: number, perturbation: string): ChildProcess =>
  spawn(
    '/bin/sh',
    [
      '-c',
      'ulimit -c 0; ulimit -d "$0"; exec "$@"',
      String(DATA_KIB),
      process.execPath,
      childFile,
      file,
      String(first),
    ],
    {
      cwd: directory,
      // A canary where a model could find it: its own environment, and a file beside it.
      env: {
        AIMASS_SECRET: CANARY,
        GLIBC_TUNABLES: `glibc.malloc.perturb=${perturbation}:glibc.malloc.tcache_count=0`,
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );

/** Runs from `first` on, until the end or until one of them ends the process. @returns the index to go on with */
const runFrom = async (child: ChildProcess, first: number, ends: End[]): Promise<number> => {
  let [at, killed, startedMs] = [first, undefined as Killed | undefined, performance.now()];
  const kill = (why: Killed) => {
    killed ??= why;
    child.kill('SIGKILL');
  };
  const poll = setInterval(() => {
    if (performance.now() - startedMs > TIME_MS) kill('timed_out');
    else if (child.pid !== undefined && (peakResidentBytes(child.pid) ?? 0) > MEMORY_BYTES) kill('out_of_memory');
  }, POLL_MS);
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  if (!child.stdout) throw new Error('the child must have a pipe to read from');
  for await (const line of createInterface(child.stdout)) {
    const words = JSON.parse(line) as TwinWords;
    startedMs = performance.now();
    at = words.index;
    if (words.ended) {
      ends[at] = { ended: words.ended, outputs: words.outputs ?? '', leaked: words.leaked ?? 0 };
      at++;
    }
  }
  const code = await closed;
  clearInterval(poll);
  if (code === 0) return at;
  ends[at] = { ended: killed ?? 'crashed' };
  return at + 1;
};

const runAll = async (models: readonly Uint8Array[], perturbation: string): Promise<End[]> => {
  const directory = mkdtempSync(join(tmpdir(), 'aimass-twin-'));
  const file = join(directory, 'models.bin');
  const ends: End[] = [];
  try {
    writeFileSync(file, packed(models));
    writeFileSync(join(directory, secretName), CANARY);
    for (let first = 0; first < models.length; ) {
      first = await runFrom(start(directory, file, first, perturbation), first, ends);
    }
    return ends;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** @returns what became of each, in order */
export const runTwins = async (models: readonly Uint8Array[]): Promise<TwinResult[]> => {
  const [one, other] = await Promise.all(PERTURBATIONS.map((perturbation) => runAll(models, perturbation)));
  return models.map((_, index) => {
    const [a, b] = [one?.[index], other?.[index]];
    if (!a || !b) throw new Error(`nothing is known of model ${index}`);
    if (!('outputs' in a)) return { ended: a.ended };
    if (!('outputs' in b)) return { ended: b.ended };
    return { ended: a.ended, same: a.outputs === b.outputs && a.ended === b.ended, leaked: a.leaked + b.leaked };
  });
};
