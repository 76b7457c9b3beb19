// The ways that a call can take through its awaits.
import { minuteOf } from '../../../lambdas/billing/domain/usage-key.ts';
import type { Fault } from '../../support/faults.ts';
import { inferenceIdAt } from '../../unit/billing/charge-request.ts';
import type { CrashGate } from '../crash-gate.ts';
import type { InferPlace, ModelName } from './infer-place.ts';

export interface Scenario {
  readonly name: string;
  readonly model: ModelName;
  /** Whether the client sent an Idempotency-Key; without one it cannot ask again. */
  readonly keyed: boolean;
  /** Whether the same call was answered before, elsewhere. */
  readonly answeredBefore?: boolean;
  /** Whether the same call is answered elsewhere while the model runs. */
  readonly answeredMeanwhile?: boolean;
  readonly prepare?: (place: InferPlace, accountId: string) => Promise<void>;
  /** Of the environment that dies. @default Date.now */
  readonly clock?: (gate: CrashGate) => () => number;
  /** Whether the model takes too long, at every try. */
  readonly timesOut?: boolean;
  readonly fault?: (operation: string, index: number) => Fault | undefined;
}

/** Long over. */
const LATE_MS = 180_000;

export const paidCall: Scenario = { name: 'a paid call', model: 'paid', keyed: true };

const timedOut = { model: 'paid', timesOut: true } as const;

/** In a place whose price book names a compute fee. */
export const timedOutScenarios: readonly Scenario[] = [
  { ...timedOut, name: 'a call whose run takes too long', keyed: true },
  { ...timedOut, name: 'a call without a key whose run takes too long', keyed: false },
  {
    ...timedOut,
    name: 'a call whose run takes too long, and whose first two answers are lost',
    keyed: true,
    fault: (operation, index) => (operation === 'TransactWriteItems' && index < 2 ? 'drop-answer' : undefined),
  },
];

export const scenarios: readonly Scenario[] = [
  paidCall,
  { name: 'a paid call without a key', model: 'paid', keyed: false },
  { name: 'a free call', model: 'free', keyed: true },
  { name: 'a free call without a key', model: 'free', keyed: false },
  { name: 'the repeat of a paid call', model: 'paid', keyed: true, answeredBefore: true },
  { name: 'a paid call that another with its key overtakes', model: 'paid', keyed: true, answeredMeanwhile: true },
  {
    name: 'a paid call whose minute is sealed',
    model: 'paid',
    keyed: true,
    // The next minute too, as the call may come after its beginning.
    prepare: (place, accountId) => place.fence(accountId, minuteOf(inferenceIdAt(Date.now() - LATE_MS + 60_000))),
    // It comes minutes late to its first charge, and knows so from then on.
    clock: (gate) => () => Date.now() - (gate.points.includes('after TransactWriteItems 1') ? 0 : LATE_MS),
  },
  {
    name: 'a paid call whose first two answers are lost',
    model: 'paid',
    keyed: true,
    fault: (operation, index) => (operation === 'TransactWriteItems' && index < 2 ? 'drop-answer' : undefined),
  },
];
