// A version's life as one state machine:
//
//   draft ──complete──► scanning ──validate──► validated ──publish──► published
//                           └──────reject────► rejected
//
// An action repeated after it succeeded changes nothing; any other is refused.
import { DomainError } from '../../shared/kernel/errors.ts';
import type { VersionState } from '../contract.ts';

const steps = {
  complete: { from: 'draft', to: 'scanning' },
  validate: { from: 'scanning', to: 'validated' },
  reject: { from: 'scanning', to: 'rejected' },
  publish: { from: 'validated', to: 'published' },
} as const satisfies Record<string, { from: VersionState; to: VersionState }>;

export type VersionAction = keyof typeof steps;

/**
 * Where the action leads.
 * @returns the state to store, or undefined when the version is there already
 * @throws DomainError version_state_forbids
 */
export const nextState = (state: VersionState, action: VersionAction): VersionState | undefined => {
  const { from, to } = steps[action];
  if (state === from) return to;
  if (state === to) return undefined;
  throw new DomainError(
    'conflict',
    'version_state_forbids',
    `'${action}' needs a version in state '${from}', got '${state}'${advice(state)}`,
  );
};

const advice = (state: VersionState): string => {
  if (state === 'rejected') return '; its rejection says why: mend the file and make a new version';
  if (state === 'draft') return '; upload the file and complete it first';
  if (state === 'scanning') return '; wait until it is validated';
  return '';
};
