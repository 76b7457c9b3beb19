import { describe, expect, it } from 'vitest';
import { versionStates } from '../../../lambdas/registry/contract.ts';
import { isCallable, nextState, type VersionAction } from '../../../lambdas/registry/domain/version-state.ts';

const life: Record<VersionAction, readonly [from: readonly string[], to: string]> = {
  complete: [['draft'], 'scanning'],
  validate: [['scanning'], 'validated'],
  reject: [['scanning'], 'rejected'],
  publish: [['validated'], 'published'],
  // Again, with another date.
  deprecate: [['published', 'deprecated'], 'deprecated'],
  undeprecate: [['deprecated'], 'published'],
  retire: [['validated', 'published', 'deprecated'], 'retired'],
};
const actions = Object.keys(life) as VersionAction[];

describe('a version’s state', () => {
  it.each(actions)('follows %s from the states it is for, once, and refuses it from every other', (action) => {
    const [from, to] = life[action];
    for (const state of versionStates) {
      if (from.includes(state)) expect(nextState(state, action)).toBe(to);
      else if (state === to) expect(nextState(state, action)).toBeUndefined();
      else {
        expect(() => nextState(state, action)).toThrow(
          expect.objectContaining({ code: 'version_state_forbids', message: expect.stringContaining(`'${state}'`) }),
        );
      }
    }
  });

  it('leads nowhere from where it ended', () => {
    for (const action of actions) {
      for (const end of ['rejected', 'retired'] as const) {
        if (life[action][1] !== end) expect(() => nextState(end, action)).toThrow(/new version/);
      }
    }
  });

  it('lets a version be called while it is published or deprecated', () => {
    expect(versionStates.filter(isCallable)).toEqual(['published', 'deprecated']);
  });

  it('says what to do about a rejected version', () => {
    expect(() => nextState('rejected', 'publish')).toThrow(/make a new version/);
  });
});
