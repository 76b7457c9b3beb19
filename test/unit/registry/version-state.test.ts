import { describe, expect, it } from 'vitest';
import { versionStates } from '../../../lambdas/registry/contract.ts';
import { nextState, type VersionAction } from '../../../lambdas/registry/domain/version-state.ts';

const life: Record<VersionAction, readonly [from: string, to: string]> = {
  complete: ['draft', 'scanning'],
  validate: ['scanning', 'validated'],
  reject: ['scanning', 'rejected'],
  publish: ['validated', 'published'],
};
const actions = Object.keys(life) as VersionAction[];

describe('a version’s state', () => {
  it.each(actions)('follows %s from one state alone, once, and refuses it from every other', (action) => {
    const [from, to] = life[action];
    for (const state of versionStates) {
      if (state === from) expect(nextState(state, action)).toBe(to);
      else if (state === to) expect(nextState(state, action)).toBeUndefined();
      else {
        expect(() => nextState(state, action)).toThrow(
          expect.objectContaining({ code: 'version_state_forbids', message: expect.stringContaining(`'${state}'`) }),
        );
      }
    }
  });

  it('says what to do about a rejected version', () => {
    expect(() => nextState('rejected', 'publish')).toThrow(/make a new version/);
  });
});
