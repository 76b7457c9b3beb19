// A version's life as one state machine:
//
//   draft ──complete──► scanning ──validate──► validated ──publish──► published ◄──undeprecate──┐
//                           │                      │                      │ └──deprecate──► deprecated
//                           └──reject──► rejected  └────────retire────────┴──────────────────────┴──► retired
//
// An action repeated after it succeeded changes nothing, but that deprecating again may change the date, the successor
// and the reason; any other is refused.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { VersionState } from '../contract.ts';

interface Step {
  readonly from: readonly VersionState[];
  readonly to: VersionState;
}

const steps = {
  complete: { from: ['draft'], to: 'scanning' },
  validate: { from: ['scanning'], to: 'validated' },
  reject: { from: ['scanning'], to: 'rejected' },
  publish: { from: ['validated'], to: 'published' },
  deprecate: { from: ['published', 'deprecated'], to: 'deprecated' },
  undeprecate: { from: ['deprecated'], to: 'published' },
  retire: { from: ['validated', 'published', 'deprecated'], to: 'retired' },
} as const satisfies Record<string, Step>;

export type VersionAction = keyof typeof steps;

/** States in which a version answers calls. */
export const callableStates = ['published', 'deprecated'] as const satisfies readonly VersionState[];

/** Whether a version in that state answers calls. */
export const isCallable = (state: VersionState): boolean => callableStates.some((callable) => callable === state);

/**
 * Where the action leads.
 * @returns the state to store, or undefined when the version is there already
 * @throws DomainError version_state_forbids
 */
export const nextState = (state: VersionState, action: VersionAction): VersionState | undefined => {
  const { from, to }: Step = steps[action];
  if (from.includes(state)) return to;
  if (state === to) return undefined;
  throw forbids(`'${action}'`, from, state);
};

/** @throws DomainError version_state_forbids */
export const requireCallable = (state: VersionState, action: string): void => {
  if (!isCallable(state)) throw forbids(`'${action}'`, callableStates, state);
};

const forbids = (action: string, needed: readonly VersionState[], state: VersionState) => {
  const states = needed.map((one) => `'${one}'`).join(' or ');
  return new DomainError(
    'conflict',
    'version_state_forbids',
    `${action} needs a version in state ${states}, got '${state}'${advice(state)}`,
  );
};

const advice = (state: VersionState): string => {
  switch (state) {
    case 'rejected':
      return '; its rejection says why: mend the file and make a new version';
    case 'draft':
      return '; upload the file and complete it first or, if it was announced wrongly, make a version of another number';
    case 'scanning':
      return '; wait until it is validated';
    case 'deprecated':
      return '; undeprecate it, or publish a new version';
    case 'retired':
      return '; nothing leads back from there: publish a new version';
    default:
      return '';
  }
};
