// Asks a process of its own whether a model keeps rows apart. It may be killed for it; then there is no proof.
import { setPriority } from 'node:os';
import { Readable } from 'node:stream';
import { startIsolated } from '../adapters/isolated-process.ts';
import { type ModelFile, proofWords } from './child-messages.ts';
import { encodeFrame, frameReader } from './frames.ts';

export type RowProof =
  | { readonly proven: true; readonly exact: boolean }
  | { readonly proven: false; readonly reason: string };

export interface ProveLimits {
  readonly memoryBytes: number;
  readonly timeoutMs: number;
}

const WORDS_BYTES = 65_536;

/** @param file - prove-child, as the running Node can load it @param signal - gives it up @returns always a verdict: no word, no proof */
export const proveRows = (
  file: string,
  limits: ProveLimits,
  model: ModelFile,
  signal: AbortSignal,
): Promise<RowProof> =>
  new Promise((resolve) => {
    let rowWise = false;
    let proof: RowProof | undefined;
    const end = (verdict: RowProof) => {
      proof ??= verdict;
      child.kill('SIGKILL');
    };
    const child = startIsolated({
      file,
      memoryBytes: limits.memoryBytes,
      onMemory: () => end({ proven: false, reason: 'the trial took too much memory' }),
    });
    // It has time: callers are served meanwhile.
    if (child.pid !== undefined) setPriority(child.pid, 10);
    const { stdin, stderr } = child;
    const words = child.stdio[3];
    if (!stdin || !stderr || !(words instanceof Readable)) throw new Error('the child must have pipes');
    const deadline = setTimeout(
      () => end({ proven: false, reason: `the trial did not end within ${limits.timeoutMs} ms` }),
      limits.timeoutMs,
    );
    const read = frameReader(WORDS_BYTES);
    words.on('data', (chunk: Buffer) => {
      try {
        for (const { header } of read(chunk)) {
          const said = proofWords.parse(header);
          // The first word is ours, whoever speaks later: a trial without it, or a second opinion, counts nothing.
          if (said.kind === 'graph') rowWise ||= said.rowWise && proof === undefined;
          if (said.kind === 'trial' && rowWise && said.alike) proof ??= { proven: true, exact: said.exact };
          else if (said.kind === 'trial' || !said.rowWise) {
            end({ proven: false, reason: said.reason ?? 'the trial says so' });
          }
        }
      } catch {
        end({ proven: false, reason: 'the trial said something else' });
      }
    });
    stderr.resume();
    for (const stream of [stdin, stderr, words]) stream.on('error', () => {});
    const giveUp = () => end({ proven: false, reason: 'the trial was given up' });
    signal.addEventListener('abort', giveUp);
    const finish = () => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', giveUp);
      resolve(proof ?? { proven: false, reason: 'the trial ended without a word' });
    };
    child.on('close', finish);
    child.on('error', finish);
    stdin.end(Buffer.concat(encodeFrame({ kind: 'prove', model })));
  });
