// A child process that runs models, as the server sees it: runs go in, words come out, and its end has a reason.
import { Readable } from 'node:stream';
import { startIsolated } from '../adapters/isolated-process.ts';
import type { RowsRun } from '../domain/coalesce.ts';
import { outputFault } from '../domain/run-message.ts';
import type { Tensor } from '../domain/tensor.ts';
import {
  type ChildHeld,
  type ChildWords,
  childWords,
  type ModelFile,
  readTensors,
  tensorBodies,
  tensorHeaders,
} from './child-messages.ts';
import { encodeFrame, frameReader } from './frames.ts';

/** What became of one run, as its child says. */
export type ChildAnswer =
  | { readonly kind: 'outputs'; readonly outputs: readonly Tensor[]; readonly loadMs: number; readonly runMs: number }
  | { readonly kind: 'failed' | 'fault'; readonly message: string }
  | { readonly kind: 'too_large'; readonly bytes: number };

/** Why it is gone: it took too much memory, it was ended from here, or it ended (or lied) by itself. */
export type ChildEnd = 'memory' | 'ended' | 'crashed';

export interface ModelChildEvents {
  onReady(): void;
  /** Of the run with that id. */
  onAnswer(id: number, answer: ChildAnswer, held: ChildHeld): void;
  /** Once, and nothing after it. */
  onEnd(why: ChildEnd): void;
}

export interface ModelChildOptions {
  /** run-child, as the running Node can load it. */
  readonly file: string;
  readonly memoryBytes: number;
}

export interface ModelChild {
  readonly pid: number | undefined;
  run(id: number, model: ModelFile, run: RowsRun): void;
  kill(): void;
}

/** Half of a child's memory is for sessions; the rest for Node, the file being loaded, and what a run needs. */
const SESSION_SHARE = 0.5;

/** Of outputs in one frame. A lone answer is bounded again, by what a message may carry. */
const OUTPUT_BYTES = 33_554_432;

export const startModelChild = ({ file, memoryBytes }: ModelChildOptions, events: ModelChildEvents): ModelChild => {
  let why: ChildEnd | undefined;
  const end = (reason: ChildEnd) => {
    why ??= reason;
    child.kill('SIGKILL');
  };
  const child = startIsolated({
    file,
    memoryBytes,
    fillsMemory: true,
    onMemory: () => end('memory'),
  });
  const { stdin, stderr } = child;
  const words = child.stdio[3];
  if (!stdin || !stderr || !(words instanceof Readable)) throw new Error('the child must have pipes');

  const send = (header: object, body: readonly Uint8Array[] = []) => {
    stdin.cork();
    for (const part of encodeFrame(header, body)) stdin.write(part);
    stdin.uncork();
  };

  // Headers are small beside the outputs they tell of.
  const read = frameReader(OUTPUT_BYTES + 1_048_576);
  words.on('data', (chunk: Buffer) => {
    if (why) return;
    try {
      for (const { header, body } of read(chunk)) tell(childWords.parse(header), body, events);
    } catch {
      // No words of ours: whatever it ran has taken it over.
      end('crashed');
    }
  });
  // Read on, so that it never waits for us to; a publisher's complaints are not for our log.
  stderr.resume();
  for (const stream of [stdin, stderr, words]) stream.on('error', () => {});

  let isGone = false;
  const gone = () => {
    if (isGone) return;
    isGone = true;
    events.onEnd(why ?? 'crashed');
  };
  child.on('close', gone);
  child.on('error', gone);
  send({ kind: 'start', sessionBytes: memoryBytes * SESSION_SHARE, outputBytes: OUTPUT_BYTES });
  return {
    pid: child.pid,
    run: (id, model, { inputs, outputs }) =>
      send({ kind: 'run', id, model, inputs: tensorHeaders(inputs), outputs }, tensorBodies(inputs)),
    kill: () => end('ended'),
  };
};

const tell = (words: ChildWords, body: Buffer, events: ModelChildEvents): void => {
  if (words.kind === 'ready') events.onReady();
  else if (words.kind === 'outputs') events.onAnswer(words.id, toOutputs(words, body), words.held);
  else events.onAnswer(words.id, words, words.held);
};

/** @throws Error when they are not as long as they say */
const toOutputs = (words: Extract<ChildWords, { kind: 'outputs' }>, body: Buffer): ChildAnswer => {
  const outputs = readTensors(words.outputs, body);
  if (!outputs) throw new Error('the outputs must be as long as they say');
  const message = outputs.map(outputFault).find((fault) => fault !== undefined);
  const { loadMs, runMs } = words;
  return message === undefined ? { kind: 'outputs', outputs, loadMs, runMs } : { kind: 'failed', message };
};
