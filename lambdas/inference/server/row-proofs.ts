// Which versions are proven to keep rows apart: only their runs are ever joined. Each is tried once, by one process at a
// time, when it would first be of use.
import type { ModelFile } from './child-messages.ts';
import type { RowProof } from './prove-rows.ts';

/** A version that could not be tried (its file, a process) is tried again so often. */
const TRIES = 3;
const REMEMBERED_COUNT = 10_000;

export interface RowProofs {
  readonly isProven: (sha256: string) => boolean;
  /** Has it tried, unless it was. */
  ask(model: ModelFile): void;
  /** It has erred in service: never again. */
  refuse(sha256: string, reason: string): void;
  readonly proofOf: (sha256: string) => RowProof | undefined;
  /** When nothing is being tried. */
  settled(): Promise<void>;
  /** Gives up what is being tried, and what waits for it. */
  close(): Promise<void>;
}

/** @param onVerdict - told of each */
export const createRowProofs = (
  prove: (model: ModelFile, signal: AbortSignal) => Promise<RowProof>,
  onVerdict: (sha256: string, proof: RowProof) => void = () => {},
): RowProofs => {
  const proofs = new Map<string, RowProof>();
  const tries = new Map<string, number>();
  /** Being tried, or about to be. */
  const asked = new Set<string>();
  let line: Promise<void> = Promise.resolve();
  const closing = new AbortController();

  const remember = (sha256: string, proof: RowProof) => {
    proofs.set(sha256, proof);
    if (proofs.size > REMEMBERED_COUNT) for (const oldest of [...proofs.keys()].slice(0, 1)) proofs.delete(oldest);
    onVerdict(sha256, proof);
  };

  const tryOne = async (model: ModelFile) => {
    if (closing.signal.aborted) return;
    const { sha256 } = model;
    try {
      const proof = await prove(model, closing.signal);
      // What erred in service meanwhile stays refused.
      if (!proofs.has(sha256)) remember(sha256, proof);
      tries.delete(sha256);
    } catch {
      const tried = tries.get(sha256) ?? 1;
      if (tried >= TRIES) remember(sha256, { proven: false, reason: 'the trial could not begin' });
    }
  };

  return {
    isProven: (sha256) => proofs.get(sha256)?.proven === true,
    proofOf: (sha256) => proofs.get(sha256),
    ask: (model) => {
      const { sha256 } = model;
      if (asked.has(sha256) || proofs.has(sha256)) return;
      asked.add(sha256);
      tries.set(sha256, (tries.get(sha256) ?? 0) + 1);
      line = line.then(() => tryOne(model)).finally(() => asked.delete(sha256));
    },
    refuse: (sha256, reason) => remember(sha256, { proven: false, reason }),
    settled: () => line,
    close: () => {
      closing.abort();
      return line;
    },
  };
};
