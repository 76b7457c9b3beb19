// The child process that tries a model: no credentials, an empty directory, a memory limit, a deadline. Whatever
// becomes of it is a report.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { SmokeReport } from '../contract.ts';
import { describeRefusal } from '../domain/model-refusal.ts';
import { childReport } from '../domain/smoke-message.ts';
import type { SmokeProcess } from '../ports.ts';
import { peakResidentBytes } from './process-memory.ts';

export interface SmokeLimits {
  readonly memoryBytes: number;
  readonly timeoutMs: number;
}

const POLL_MS = 20;
const REPORT_LIMIT_BYTES = 1_048_576;
const STDERR_KEPT_BYTES = 4096;

/**
 * What the kernel refuses beyond, in case memory is taken faster than it is looked at. It counts more than what is
 * resident (thread stacks, reserves), hence the margin.
 */
const DATA_MARGIN_BYTES = 512 * 1_048_576;

/** Nothing of the function's environment but where its native libraries are. */
const childEnvironment = (): NodeJS.ProcessEnv => {
  const { NODE_PATH, LD_LIBRARY_PATH } = process.env;
  return { ...(NODE_PATH ? { NODE_PATH } : {}), ...(LD_LIBRARY_PATH ? { LD_LIBRARY_PATH } : {}) };
};

/** @param childFile - handlers/smoke-child, as the running Node can load it */
export const startSmokeProcess = (childFile: string, limits: SmokeLimits): SmokeProcess => {
  const directory = mkdtempSync(join(tmpdir(), 'smoke-'));
  const dataKiB = Math.ceil((limits.memoryBytes + DATA_MARGIN_BYTES) / 1024);
  const child = spawn(
    '/bin/sh',
    ['-c', 'ulimit -c 0; ulimit -d "$0"; exec "$@"', String(dataKiB), process.execPath, childFile],
    { cwd: directory, env: childEnvironment(), stdio: ['pipe', 'ignore', 'pipe', 'pipe'] },
  );
  const { stdin } = child;
  if (!stdin) throw new Error('the child must have a pipe to write to');
  let killedFor: Killed | undefined;
  const kill = (reason: Killed) => {
    killedFor ??= reason;
    child.kill('SIGKILL');
  };
  const poll = setInterval(() => {
    if (child.pid !== undefined && (peakResidentBytes(child.pid) ?? 0) > limits.memoryBytes) kill('memory');
  }, POLL_MS);
  let deadline: NodeJS.Timeout | undefined;

  const words = collect(child.stdio[3], REPORT_LIMIT_BYTES);
  const complaints = collect(child.stderr, STDERR_KEPT_BYTES);
  const report = ended(child)
    .then((end) => toReport({ end, killedFor, limits, words: words(), complaints: complaints() }))
    .finally(() => {
      clearInterval(poll);
      clearTimeout(deadline);
      rmSync(directory, { recursive: true, force: true });
    });
  stdin.on('error', () => {});
  // Awaited by the caller, if it comes to that; until then its failure must not pass for an unhandled one.
  report.catch(() => {});
  return {
    stdin,
    report,
    begin: () => {
      deadline = setTimeout(() => kill('time'), limits.timeoutMs);
    },
    kill: () => kill('caller'),
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

const toReport = (seen: {
  readonly end: End;
  readonly killedFor: Killed | undefined;
  readonly limits: SmokeLimits;
  readonly words: string;
  readonly complaints: string;
}): SmokeReport => {
  const { end, killedFor, limits, words, complaints } = seen;
  if (killedFor === 'memory') return outOfMemory(limits, '');
  if (killedFor === 'time') {
    return { ok: false, rule: 'timed_out', message: `loading and one run must end within ${limits.timeoutMs} ms` };
  }
  const report = end.code === 0 ? readReport(words) : undefined;
  if (report?.ok === false && report.rule !== 'out_of_memory' && outOfMemoryWords.test(report.message)) {
    return outOfMemory(limits, `: ${report.message}`);
  }
  if (report) return report;
  if (outOfMemoryWords.test(complaints)) return outOfMemory(limits, '');
  const how = end.signal ? `was ended by ${end.signal}` : `ended with code ${end.code}`;
  const reason = complaints === '' ? '' : `: ${describeRefusal(complaints)}`;
  return { ok: false, rule: 'crashed', message: `the process that tried the model ${how}${reason}` };
};

const outOfMemory = ({ memoryBytes }: SmokeLimits, reason: string): SmokeReport => ({
  ok: false,
  rule: 'out_of_memory',
  message: `loading and one run must take at most ${memoryBytes} bytes of memory${reason}`,
});

const readReport = (words: string): SmokeReport | undefined => {
  try {
    return childReport.parse(JSON.parse(words));
  } catch {
    // No report, or one that the child cannot have written itself: it crashed.
    return undefined;
  }
};
