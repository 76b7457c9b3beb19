// The child process that tries a model: no credentials, an empty directory, a memory limit, a deadline. Whatever
// becomes of it is a report.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { SmokeRefusal } from '../contract.ts';
import { describeRefusal } from '../domain/model-refusal.ts';
import type { SmokeProcess } from '../ports.ts';
import { startIsolated } from './isolated-process.ts';

export interface SmokeLimits {
  readonly memoryBytes: number;
  readonly timeoutMs: number;
  /** Largest file that it may write. @default 0 */
  readonly fileBytes?: number;
}

/** The answers of a probe are in it, as base64. */
const REPORT_LIMIT_BYTES = 4_194_304;
const STDERR_KEPT_BYTES = 4096;

interface Refusal {
  readonly ok: false;
  readonly rule: SmokeRefusal['rule'];
  readonly message: string;
}

/**
 * @param childFile - handlers/smoke-child, as the running Node can load it
 * @param words - how a report must look to be believed
 */
export const startSmokeProcess = <Report extends { readonly ok: true } | Refusal>(
  childFile: string,
  limits: SmokeLimits,
  words: z.ZodType<Report>,
): SmokeProcess<Report> => {
  const directory = mkdtempSync(join(tmpdir(), 'smoke-'));
  const child = startIsolated({
    file: childFile,
    directory,
    memoryBytes: limits.memoryBytes,
    fileBytes: limits.fileBytes ?? 0,
    onMemory: () => kill('memory'),
  });
  const { stdin } = child;
  if (!stdin) throw new Error('the child must have a pipe to write to');
  let killedFor: Killed | undefined;
  const kill = (reason: Killed) => {
    killedFor ??= reason;
    child.kill('SIGKILL');
  };
  let deadline: NodeJS.Timeout | undefined;

  const said = collect(child.stdio[3], REPORT_LIMIT_BYTES);
  const complaints = collect(child.stderr, STDERR_KEPT_BYTES);
  const end = ended(child).finally(() => clearTimeout(deadline));
  const report = end.then((how) => {
    const spoken = how.code === 0 ? readReport(words, said()) : undefined;
    return toReport({ end: how, killedFor, limits, spoken, complaints: complaints() });
  });
  stdin.on('error', () => {});
  // Awaited by the caller, if it comes to that; until then its failure must not pass for an unhandled one.
  report.catch(() => {});
  return {
    stdin,
    report,
    directory,
    begin: () => {
      deadline = setTimeout(() => kill('time'), limits.timeoutMs);
    },
    close: async () => {
      kill('caller');
      await end.catch(() => {});
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

type Killed = 'memory' | 'time' | 'caller';

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** When the process is gone and its pipes are drained. */
const ended = (child: ChildProcess) =>
  new Promise<End>((resolve, reject) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
    child.on('error', reject);
  });

/** Keeps a stream's first bytes; reads on beyond, so that the writer never waits. */
const collect = (stream: unknown, limitBytes: number): (() => string) => {
  if (!(stream instanceof Readable)) throw new Error('the child must have a pipe to read from');
  const chunks: Buffer[] = [];
  let kept = 0;
  stream.on('data', (chunk: Buffer) => {
    if (kept >= limitBytes) return;
    chunks.push(chunk.subarray(0, limitBytes - kept));
    kept += chunk.length;
  });
  stream.on('error', () => {});
  return () => Buffer.concat(chunks).toString('utf8');
};

const outOfMemoryWords = /bad_alloc|Failed to allocate|Cannot allocate memory|heap out of memory|allocation failed/i;

const toReport = <Report extends { readonly ok: true } | Refusal>(seen: {
  readonly end: End;
  readonly killedFor: Killed | undefined;
  readonly limits: SmokeLimits;
  /** Its report, where it ended well and left one. */
  readonly spoken: Report | undefined;
  readonly complaints: string;
}): Report | SmokeRefusal => {
  const { end, killedFor, limits, spoken, complaints } = seen;
  if (killedFor === 'memory') return outOfMemory(limits, '');
  if (killedFor === 'time') {
    return { ok: false, rule: 'timed_out', message: `loading and one run must end within ${limits.timeoutMs} ms` };
  }
  if (spoken?.ok === false && spoken.rule !== 'out_of_memory' && outOfMemoryWords.test(spoken.message)) {
    return outOfMemory(limits, `: ${spoken.message}`);
  }
  if (spoken) return spoken;
  if (outOfMemoryWords.test(complaints)) return outOfMemory(limits, '');
  const how = end.signal ? `was ended by ${end.signal}` : `ended with code ${end.code}`;
  const reason = complaints === '' ? '' : `: ${describeRefusal(complaints)}`;
  return { ok: false, rule: 'crashed', message: `the process that tried the model ${how}${reason}` };
};

const outOfMemory = ({ memoryBytes }: SmokeLimits, reason: string): SmokeRefusal => ({
  ok: false,
  rule: 'out_of_memory',
  message: `loading and one run must take at most ${memoryBytes} bytes of memory${reason}`,
});

const readReport = <Report>(words: z.ZodType<Report>, said: string): Report | undefined => {
  try {
    return words.parse(JSON.parse(said));
  } catch {
    // No report, or one that the child cannot have written itself: it crashed.
    return undefined;
  }
};
