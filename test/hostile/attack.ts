// One hand-made attack: the file, what must become of it, and, where the trial cannot know better than to accept it,
// the calls that set it off.

import type { RejectionRule } from '../../lambdas/registry/domain/rejection-rules.ts';
import type { ScanRule } from '../../lambdas/shared/onnx/rejection.ts';

export const attackClasses = {
  'outside-the-file': 'reads what lies beside the model: files, links, memory',
  'no-model': 'is another kind of file, or none',
  wire: 'is protobuf that readers could take differently, or never end to read',
  names: 'has names that are no names',
  shapes: 'claims sizes that it does not have, or that overflow',
  expansion: 'is small and becomes large when it is loaded',
  operators: 'calls operators that are not ONNX’s, or gives what cannot be sent',
  'load-bomb': 'keeps the runtime busy while it loads',
  'run-bomb': 'takes time or memory without end as soon as it runs',
  'set-off': 'passes the trial, and is set off by a caller’s input',
  trees: 'holds trees that are none',
  memory: 'answers with memory that nobody wrote',
} as const;

export type AttackClass = keyof typeof attackClasses;

/** A request of the Open Inference Protocol, and the code of the 422 or 400 that it may end in; a 200 is always allowed. */
export interface HostileCall {
  readonly why: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly datatype: string;
    readonly shape: readonly number[];
    readonly data: readonly (number | string | boolean)[];
  }[];
  /** Outputs asked for. @default all */
  readonly outputs?: readonly string[];
  readonly ends: readonly ('answered' | 'model_failed' | 'model_timeout' | 'output_too_large')[];
}

export interface Attack {
  /** Of `a-z 0-9 -`: it is uploaded under that name. */
  readonly name: string;
  readonly class: AttackClass;
  readonly why: string;
  readonly make: () => Uint8Array;
  /**
   * The rules that may reject it, one of which must; absent: the platform accepts it, and `calls` show that this does no harm.
   */
  readonly rules?: readonly (ScanRule | RejectionRule)[];
  readonly calls?: readonly HostileCall[];
}

type Entry = Omit<Attack, 'class'>;

/** All of one class. */
export const attacksOf = (name: AttackClass, entries: readonly Entry[]): readonly Attack[] =>
  entries.map((entry) => ({ class: name, ...entry }));
